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
        assertThatThrownBy(() -> steps.see(9, false, 100))
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

    @Test
    void aTrainingOfFewerEndsWithItsLastIfNoneWasFinite() {
        steps.see(0, false, 2);
        assertThatThrownBy(() -> steps.see(1, false, 2)).hasMessageContaining("in 2 steps in a row up to step 1");
        NonFiniteSteps one = new NonFiniteSteps("lower it");
        assertThatCode(() -> {
                    one.see(0, true, 2);
                    one.see(1, false, 2);
                })
                .doesNotThrowAnyException();
    }

    private void see(int from, int until, boolean finite) {
        for (int step = from; step < until; step++) {
            steps.see(step, finite, 100);
        }
    }
}
