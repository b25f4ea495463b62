package dev.espalier.worker.training;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import org.junit.jupiter.api.Test;

class NonFiniteStepsTest {
    private final NonFiniteSteps steps = new NonFiniteSteps("lower it");

    @Test
    void tenInARowEndATrainingWithWhatToDo() {
        see(0, 9, false);
        assertThatThrownBy(() -> steps.see(9, false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("not finite in 10 steps in a row up to step 9")
                .hasMessageEndingWith("lower it");
    }

    @Test
    void oneThatIsFiniteBeginsTheCountAnew() {
        assertThatCode(() -> {
                    see(0, 9, false);
                    see(9, 10, true);
                    see(10, 19, false);
                })
                .doesNotThrowAnyException();
    }

    private void see(int from, int until, boolean finite) {
        for (int step = from; step < until; step++) {
            steps.see(step, finite);
        }
    }
}
