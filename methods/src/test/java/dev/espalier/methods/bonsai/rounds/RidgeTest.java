package dev.espalier.methods.bonsai.rounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Golden values by hand: inverses of 2 x 2 matrices. */
class RidgeTest {
    @Test
    void withFewerMeasurementsThanUnitsItIsTheLeastThatExplainsThem() {
        boolean[][] signs = {{true, true, true}, {true, true, false}};
        assertThat(Ridge.fit(signs, new double[] {1, 2}, 3))
                .containsExactly(new double[] {15 / 35.0, 15 / 35.0, -7 / 35.0}, within(1e-14));
    }

    @Test
    void withMoreMeasurementsThanUnitsItIsLeastSquares() {
        boolean[][] signs = {{true, true}, {true, true}, {true, false}, {true, true}};
        assertThat(Ridge.fit(signs, new double[] {1, 2, 3, 4}, 2))
                .containsExactly(new double[] {1.625, 0.125}, within(1e-14));
    }

    @Test
    void manyUnitsAreCountedWordByWord() {
        boolean[][] signs = new boolean[2][130];
        signs[0][129] = true;
        double[] w = Ridge.fit(signs, new double[] {1, 1}, 130);
        assertThat(w[129]).isEqualTo(0, within(1e-14));
        assertThat(w[0]).as("X X^T + lambda I is [[260, 128], [128, 260]]").isEqualTo(-2 / 388.0, within(1e-14));
    }
}
