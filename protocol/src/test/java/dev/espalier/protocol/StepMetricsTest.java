package dev.espalier.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepMetricsTest {
    private final StepMetrics step = StepMetrics.of(Stage.PRUNE, 3, 512, 0.5);

    @Test
    void valuesAreToldInTheOrderInWhichTheyWereMeasuredAndWhatWasNotIsNone() {
        StepMetrics told = step.with("loss", 2).with("entropy", 0.5).with("loss", 1);
        assertThat(told.values().keySet()).containsExactly("loss", "entropy");
        assertThat(told.value("loss")).isEqualTo(1);
        assertThat(told.value("gradient-norm")).isNaN();
    }

    @ParameterizedTest
    @ValueSource(strings = {"time", "stage", "step", "tokens", "seconds", "teacher", "", "Loss", "loss\n", "a b", "{}"})
    void aNameThatWouldTakeAnotherFieldsPlaceOrIsNoneIsRefused(String name) {
        assertThatThrownBy(() -> step.with(name, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("under the name '" + name + "'");
    }

    @Test
    void moreValuesThanAChartCanBearAreRefused() {
        StepMetrics full = IntStream.range(0, 64).boxed().reduce(step, (told, i) -> told.with("v" + i, i), (a, b) -> b);
        assertThatThrownBy(() -> full.with("one-more", 1)).hasMessageContaining("65 values");
    }
}
