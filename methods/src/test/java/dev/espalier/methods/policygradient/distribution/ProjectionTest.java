package dev.espalier.methods.policygradient.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectionTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-6);

    @ParameterizedTest
    @CsvSource({
        ".9 .8 .7 .2 .1, 2, .75 .65 .55 .05 0",
        "1.3 .95 .6 .4 -.2 .05, 2.4, 1 .766667 .416667 .216667 0 0",
        ".2 .3 .1, 2, .2 .3 .1",
        "1.4 1.2 1.1 .05, 2, .833333 .633333 .533333 0"
    })
    void aSumIsHeldByTheLeastShift(String z, double limit, String expected) {
        float[] keep = budget(numbers(z).length, limit).project(numbers(z), 0);
        assertThat(doubles(keep)).containsExactly(numbers(expected), CLOSE);
    }

    @Test
    void noneOfManyWithinTheBudgetIsNearer() {
        SplittableRandom random = new SplittableRandom(7);
        double[] costs = random.doubles(6, 0.2, 3).toArray();
        double[] z = random.doubles(6, -0.3, 1.4).toArray();
        double limit = 3;
        Budget budget = budget(costs, limit);
        double[] nearest = doubles(budget.project(z, 0));
        for (int trial = 0; trial < 10_000; trial++) {
            double[] other = random.doubles(6, 0, 1).toArray();
            double spent = 0;
            for (int i = 0; i < 6; i++) {
                spent += (float) costs[i] * other[i];
            }
            if (spent <= limit) {
                assertThat(distance(z, other)).isGreaterThanOrEqualTo(distance(z, nearest) - 1e-6);
            }
        }
    }

    @Test
    void whatIsGoneStaysGoneAndNothingElseFallsBelowTheFloor() {
        float[] keep = budget(new double[] {1, 0, 1}, 1.5).project(new double[] {1.2, 0.9, -0.5}, 0.02);
        assertThat(keep).containsExactly(1, 0, 0.02f);
    }

    @Test
    void manySmallProbabilitiesAddUpToTheBudgetExactly() {
        double[] z = new SplittableRandom(3).doubles(352_256, 0, 1.2).toArray();
        double sum = Arrays.stream(doubles(budget(z.length, 0.5 * z.length).project(z, 0)))
                .sum();
        assertThat(sum).isCloseTo(0.5 * z.length, Offset.offset(0.01));
    }

    @Test
    void aLayersProbabilityCountsForAllThatIsInIt() {
        Layout layout = new Layout(List.of(
                new Part(Kind.FFN, 0, 2),
                new Part(Kind.FFN, 1, 2),
                new Part(Kind.LAYERS, 0, 2),
                new Part(Kind.BLOCKS, 0, 2)));
        Budget budget =
                new Budget(layout, new int[4], new double[] {100}, new float[] {3, 3, 3, 3, 10, 10, 4, 6}, 4, 6);
        float[] keep = {1, 0.5f, 1, 1, 0.5f, 1, 1, 0.5f};
        assertThat(budget.spent(0, keep)).isCloseTo(0.5 * (4 + 0.5 * 4.5) + 4 + 6, CLOSE);
        float[] less = new Budget(layout, new int[4], new double[] {7}, budget.costs(), 4, 6).project(doubles(keep), 0);
        assertThat(budget.spent(0, less)).isCloseTo(7, Offset.offset(1e-5));
    }

    private static Budget budget(int units, double limit) {
        double[] costs = new double[units];
        Arrays.fill(costs, 1);
        return budget(costs, limit);
    }

    private static Budget budget(double[] costs, double limit) {
        float[] floats = new float[costs.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) costs[i];
        }
        Layout layout = new Layout(List.of(new Part(Kind.FFN, 0, costs.length)));
        return new Budget(layout, new int[] {0}, new double[] {limit}, floats, 0, 0);
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
    }

    private static double[] doubles(float[] floats) {
        double[] doubles = new double[floats.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    private static double distance(double[] a, double[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            squares += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return squares;
    }
}
