package dev.espalier.methods.mutualinformation.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        Redundancy.Nearest nothing = (units, left) -> IntStream.range(0, units.length)
                .mapToObj(i -> new Redundancy.Found(new double[1], new int[1]))
                .toArray(Redundancy.Found[]::new);
        assertThat(Redundancy.scores(new double[] {1, 4, 2}, nothing)).containsExactly(1.25, 2, 1.5);
        assertThat(Redundancy.scores(new double[2], nothing))
                .as("of no worth at all")
                .containsExactly(1, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 30})
    void itIsTheSameHoweverManyNearestAreToldAtATime(int count) {
        Random random = new Random(5);
        double[][] shared = new double[30][30];
        double[] worth = new double[30];
        for (int i = 0; i < 30; i++) {
            worth[i] = random.nextDouble();
            for (int j = 0; j < i; j++) {
                shared[i][j] = Math.max(0, random.nextDouble() - 0.3);
                shared[j][i] = shared[i][j];
            }
        }
        assertThat(scores(worth, shared, count)).isEqualTo(bruteForce(worth, shared));
    }

    private static double[] bruteForce(double[] worth, double[][] shared) {
        Redundancy redundancy = new Redundancy(worth);
        while (true) {
            int[] pair = {0, 0};
            double most = 0;
            for (int i = 0; i < worth.length; i++) {
                for (int j = 0; j < i; j++) {
                    if (redundancy.isLeft(i) && redundancy.isLeft(j) && shared[i][j] > most) {
                        most = shared[i][j];
                        pair = new int[] {i, j};
                    }
                }
            }
            if (most == 0) {
                return redundancy.scores();
            }
            redundancy.goes(worth[pair[0]] < worth[pair[1]] ? pair[0] : pair[1], most);
        }
    }

    private static double[] scores(double... worth) {
        return scores(worth, SHARED, 2);
    }

    private static double[] scores(double[] worth, double[][] shared, int count) {
        return Redundancy.scores(worth, (units, left) -> Arrays.stream(units)
                .mapToObj(unit -> nearest(shared[unit], unit, left, count))
                .toArray(Redundancy.Found[]::new));
    }

    private static Redundancy.Found nearest(double[] shared, int unit, boolean[] left, int count) {
        int[] partners = IntStream.range(0, shared.length)
                .filter(other -> other != unit && left[other])
                .boxed()
                .sorted(Comparator.comparingDouble(other -> -shared[other]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
        if (partners.length == 0) {
            return new Redundancy.Found(new double[1], new int[1]);
        }
        return new Redundancy.Found(
                Arrays.stream(partners).mapToDouble(other -> shared[other]).toArray(), partners);
    }
}
