package dev.espalier.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StageTest {
    @Test
    void theSecondOfItsKindHasANumberInItsName() {
        assertThat(new Stage("prune", 1).word()).isEqualTo("prune");
        assertThat(new Stage("prune", 2).word()).isEqualTo("prune-2");
        assertThat(Stage.of("prune-2")).contains(new Stage("prune", 2));
        assertThat(Stage.of("prune-10")).contains(new Stage("prune", 10));
        assertThat(Stage.of("prune")).contains(Stage.PRUNE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "prune-1",
                "prune-0",
                "prune-02",
                "prune-",
                "-2",
                "Prune",
                "prune 2",
                "../prune",
                "prune-99999"
            })
    void aStageIsWrittenInOneWayOnly(String word) {
        assertThat(Stage.of(word)).isEmpty();
        assertThatThrownBy(() -> Stage.written(word)).hasMessageContaining("no stage");
    }

    @Test
    void seedsOfTheUsualStagesAreWhatTheyWereAndThoseOfRoundsDiffer() {
        assertThat(Stage.USUAL.stream().map(Stage::number)).containsExactly(0, 1, 2, 3, 4);
        assertThat(new Stage("prune", 2).number()).isNotIn(0, 1, 2, 3, 4);
        assertThat(new Stage("toy", 1).number()).isNotIn(0, 1, 2, 3, 4);
    }
}
