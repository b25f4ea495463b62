package dev.espalier.coordinator.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AggregatorTest {
    private static final int SIZE = 7;

    private final Random random = new Random(1);

    @Test
    void aloneAndWithTheDefaultsMergingIsReplacing() {
        assertThat(new Aggregator(1, 0).adopts(0)).isTrue();
        assertThat(new Aggregator(1, 0).adopts(1)).isFalse();
        assertThat(new Aggregator(0.7, 0).adopts(0)).isFalse();
        assertThat(new Aggregator(1, 0.9).adopts(0)).isFalse();
    }

    @Test
    void whatIsLateCountsLess() {
        assertThat(Aggregator.weight(0)).isEqualTo(1);
        assertThat(Aggregator.weight(3)).as("the mean of four equal workers").isEqualTo(0.25);
    }

    @Test
    void aLateResultMovesTheNewestStudentByWhatItLearnt() {
        float[] student = {10, 20};
        float[] next = new Aggregator(0.5, 0).merge(student, new float[] {1, 2}, new float[] {3, 2}, 1);
        assertThat(next).containsExactly(10.5f, 20);
        assertThat(student).as("inputs stay as they are").containsExactly(10, 20);
    }

    @Test
    void withOneLaneMomentumIsNesterovs() {
        double rate = 0.7;
        double momentum = 0.9;
        Aggregator aggregator = new Aggregator(rate, momentum);
        float[] student = values();
        Momentum memory = Momentum.none(SIZE);
        double[] expected = widened(student);
        double[] velocity = new double[SIZE];
        for (int merge = 0; merge < 5; merge++) {
            float[] trained = values();
            for (int i = 0; i < SIZE; i++) {
                double gradient = student[i] - trained[i];
                velocity[i] = momentum * velocity[i] + gradient;
                expected[i] -= rate * (gradient + momentum * velocity[i]);
            }
            Aggregator.Merged merged = aggregator.merge(student, student, trained, 0, memory, 1);
            student = merged.student();
            memory = merged.momentum();
            assertClose(student, expected);
        }
    }

    @Test
    void withSeveralLanesMomentumMovesOnceInSoManyMerges() {
        Aggregator aggregator = new Aggregator(1, 0.5);
        float[] base = {0};
        Aggregator.Merged first = aggregator.merge(base, base, new float[] {-1}, 0, Momentum.none(1), 3);
        Aggregator.Merged second =
                aggregator.merge(first.student(), first.student(), add(first, -1), 0, first.momentum(), 3);
        assertThat(second.student()).as("gradient steps so far").containsExactly(-2);
        assertThat(second.momentum().velocity()).containsExactly(0);
        assertThat(second.momentum().pending()).containsExactly(2);
        Aggregator.Merged third =
                aggregator.merge(second.student(), second.student(), add(second, -1), 0, second.momentum(), 3);
        assertThat(third.momentum().velocity()).containsExactly(3);
        assertThat(third.momentum().pending()).containsExactly(0);
        assertThat(third.momentum().merges()).isZero();
        assertThat(third.student()).as("the gradient, and half the momentum").containsExactly(-4.5f);
    }

    @Test
    void numbersThatAreNotFiniteArePoisonAndRefused() {
        float[] base = {1, 2};
        for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] trained = {1, poison};
            assertThatThrownBy(() -> new Aggregator(1, 0).merge(base, base, trained, 1))
                    .isInstanceOf(Aggregator.NotFiniteException.class);
            assertThatThrownBy(() -> new Aggregator(1, 0.9).merge(base, base, trained, 0, Momentum.none(2), 1))
                    .isInstanceOf(Aggregator.NotFiniteException.class);
        }
    }

    @Property
    void resultsOfOneBaseMayComeInAnyOrder(@ForAll @IntRange(min = 0, max = 1000) int seed) {
        Random values = new Random(seed);
        float[] base = values(values);
        float[] one = values(values);
        float[] other = values(values);
        Aggregator aggregator = new Aggregator(1, 0);
        float[] there = aggregator.merge(aggregator.merge(base, base, one, 1), base, other, 1);
        float[] back = aggregator.merge(aggregator.merge(base, base, other, 1), base, one, 1);
        assertClose(there, widened(back));
    }

    @Property
    void withoutMomentumTheMemoryChangesNothing(
            @ForAll @DoubleRange(min = 0.1, max = 2) double rate, @ForAll @IntRange(min = 0, max = 9) int staleness) {
        float[] base = values();
        float[] student = values();
        float[] trained = values();
        Aggregator aggregator = new Aggregator(rate, 0);
        assertClose(
                aggregator
                        .merge(student, base, trained, staleness, Momentum.none(SIZE), 2)
                        .student(),
                widened(aggregator.merge(student, base, trained, staleness)));
    }

    private static float[] add(Aggregator.Merged merged, float change) {
        return new float[] {merged.student()[0] + change};
    }

    private float[] values() {
        return values(random);
    }

    private static float[] values(Random random) {
        float[] values = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double[] widened(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    private static void assertClose(float[] actual, double[] expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-5));
        }
    }
}
