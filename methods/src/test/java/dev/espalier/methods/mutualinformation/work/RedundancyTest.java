package dev.espalier.methods.mutualinformation.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RedundancyTest {
    /** What 0, 1 and 2 share makes a chain; 3 shares nothing. */
    private static final double[][] SHARED = {
        {9, 2, 1, 0},
        {2, 9, 1.5, 0},
        {1, 1.5, 9, 0},
        {0, 0, 0, 9}
    };

    @Test
    void ofTheTwoThatShareMostTheOneOfLessWorthGoesAndSoOn() {
        assertThat(scores(3, 2, 1, 4))
                .as("1 goes for 0, and with it 2 has only 0 to share with, for which it goes")
                .containsExactly(new double[] {1 + 3.0 / 4, Math.exp(-4), Math.exp(-2), 1 + 4.0 / 4}, within(1e-12));
    }

    @Test
    void theOneThatStaysGoesOnSharing() {
        assertThat(scores(1, 2, 3, 4))
                .as("0 goes for 1, and 1 for 2")
                .containsExactly(new double[] {Math.exp(-4), Math.exp(-3), 1 + 3.0 / 4, 1 + 4.0 / 4}, within(1e-12));
    }

    @Test
    void whatSharesNothingIsToldByItsWorth() {
        assertThat(Redundancy.scores(
                        new double[] {1, 4, 2},
                        (units, left) -> new Redundancy.Found(new double[units.length], new int[units.length])))
                .containsExactly(1.25, 2, 1.5);
        assertThat(Redundancy.scores(
                        new double[2],
                        (units, left) -> new Redundancy.Found(new double[units.length], new int[units.length])))
                .as("of no worth at all")
                .containsExactly(1, 1);
    }

    private static double[] scores(double... worth) {
        return Redundancy.scores(worth, (units, left) -> {
            double[] information = new double[units.length];
            int[] partners = new int[units.length];
            for (int i = 0; i < units.length; i++) {
                for (int other = 0; other < left.length; other++) {
                    double shared = SHARED[units[i]][other];
                    if (other != units[i] && left[other] && shared > information[i]) {
                        information[i] = shared;
                        partners[i] = other;
                    }
                }
            }
            return new Redundancy.Found(information, partners);
        });
    }
}
