package dev.espalier.worker.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
        assertThat(Spread.of(new double[] {3, 1})).isEqualTo(new Spread(2, 1, 3));
        assertThat(Spread.of(new double[] {4, 1, 9, 2})).isEqualTo(new Spread(3, 1, 9));
        assertThat(Spread.of(new double[] {5, 1, 2})).isEqualTo(new Spread(2, 1, 5));
        assertThat(Spread.ofRatios(new double[] {2, 9}, new double[] {1, 3})).isEqualTo(new Spread(2.5, 2, 3));
    }
}
