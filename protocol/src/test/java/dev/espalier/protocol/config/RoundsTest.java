package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.Stage;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
    private static final List<Stage> STAGES = Rounds.numbered(
            List.of("calibrate", "prune", "recover", "calibrate", "prune", "prune", "recover", "export", "evaluate"));
    private static final Rounds ROUNDS = Rounds.of(STAGES);

    private static Stage stage(String word) {
        return Stage.written(word);
    }

    @Test
    void eachStageIsNumberedAmongItsKind() {
        assertThat(STAGES)
                .extracting(Stage::word)
                .containsExactly(
                        "calibrate",
                        "prune",
                        "recover",
                        "calibrate-2",
                        "prune-2",
                        "prune-3",
                        "recover-2",
                        "export",
                        "evaluate");
    }

    @Test
    void calibrationBelongsToTheRoundThatItPrecedes() {
        assertThat(STAGES).extracting(ROUNDS::number).containsExactly(1, 1, 1, 2, 2, 3, 3, 3, 3);
        assertThat(ROUNDS.pruningOf(stage("calibrate-2"))).contains(stage("prune-2"));
        assertThat(ROUNDS.calibrationOf(stage("prune-2"))).contains(stage("calibrate-2"));
        assertThat(ROUNDS.calibrationOf(stage("prune-3"))).isEmpty();
        assertThat(ROUNDS.uncalibrated()).contains(stage("prune-3"));
    }

    @Test
    void aRoundGoesOnFromThePruningAndTheRecoveryBeforeIt() {
        assertThat(ROUNDS.prunedBefore(Stage.CALIBRATE)).isEmpty();
        assertThat(ROUNDS.prunedBefore(stage("calibrate-2"))).contains(Stage.PRUNE);
        assertThat(ROUNDS.prunedBefore(Stage.EXPORT)).contains(stage("prune-3"));
        assertThat(ROUNDS.recoveryOf(Stage.PRUNE)).contains(Stage.RECOVER);
        assertThat(ROUNDS.recoveryOf(stage("prune-2"))).isEmpty();
        assertThat(ROUNDS.recoveryOf(stage("prune-3"))).contains(stage("recover-2"));
    }
}
