package dev.espalier.methods.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ZScoresTest {
    @Test
    void whatIsGoneDoesNotMoveTheScoresOfWhatIsLeft() {
        double[] left = ZScores.of(new double[] {5, 7, 6}, 1);
        double[] among = ZScores.of(new double[] {5, 0, 7, 0, 0, 6}, 1, at -> at == 0 || at == 2 || at == 5);
        assertThat(new double[] {among[0], among[2], among[5]}).isEqualTo(left);
    }

    @Test
    void numbersThatAreAlikeAreAllZero() {
        assertThat(ZScores.of(new double[] {3, 3}, 2)).containsOnly(0);
        assertThat(ZScores.of(new double[] {3, 4}, 2, at -> false)).containsOnly(0);
    }
}
