package dev.espalier.methods.gates;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.worker.masks.MaskSet;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class InitialLogitsTest {
    private static final Offset<Double> ROUNDING = Offset.offset(1e-5);

    /** The logarithms of the FFN channels' scores are 0, 1, 2 with a deviation of sqrt(2 / 3). */
    private static final MaskSet SCORES =
            MaskSet.of(new double[2], new double[1][0], new double[][] {{1, Math.E, Math.E * Math.E}});

    @Test
    void logitsAreThreeDeviationsOfTheLogarithmsOfTheScores() {
        double[] logits = InitialLogits.fromScores(SCORES).set().ffn(0);
        double unit = 3 / Math.sqrt(2.0 / 3);
        assertThat(logits).containsExactly(new double[] {-unit, 0, unit}, ROUNDING);
    }

    @Test
    void logitsThatHaveNotMovedCorrectNothing() {
        MaskSet start = InitialLogits.fromScores(SCORES).set();
        assertThat(InitialLogits.corrections(SCORES, start).flat())
                .containsExactly(new double[] {1, 1, 1, 1, 1}, ROUNDING);
    }

    @Test
    void aCorrectedScoreIsTheOneThatTheLogitStandsFor() {
        MaskSet exchanged = InitialLogits.fromScores(SCORES).set();
        double[] row = exchanged.ffn(0);
        double low = row[0];
        row[0] = row[2];
        row[2] = low;
        double[] factors = InitialLogits.corrections(SCORES, exchanged).ffn(0);
        assertThat(factors).containsExactly(new double[] {Math.exp(2), 1, Math.exp(-2)}, ROUNDING);
        assertThat(SCORES.ffn(0)[0]).as("scores stay as they were").isEqualTo(1);
    }
}
