package dev.espalier.methods.masked.work;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.methods.masked.Losses;
import dev.espalier.protocol.UserError;
import org.junit.jupiter.api.Test;

class FiniteLossesTest {
    private static final Losses.OfStep NONE = new Losses.OfStep(new float[] {Float.NaN, Float.NaN}, new float[0]);
    private static final Losses.OfStep ONE = new Losses.OfStep(new float[] {Float.NaN, 2}, new float[0]);

    @Test
    void tenStepsInARowWithoutALossEndTheLegAndOneWithALossIsANewBeginning() {
        FiniteLosses losses = new FiniteLosses();
        nine(losses);
        losses.see(ONE);
        nine(losses);
        assertThatThrownBy(() -> losses.see(NONE))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no loss of 10 steps in a row");
    }

    private static void nine(FiniteLosses losses) {
        for (int i = 0; i < 9; i++) {
            losses.see(NONE);
        }
    }
}
