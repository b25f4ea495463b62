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
        new Aggregator(0.5, 0).merge(student, new float[] {1, 2}, new float[] {3, 2}, 2, 1);
        assertThat(student).containsExactly(10.5f, 20);
    }

    @Test
    void onlySoManyNumbersTakePart() {
        float[] student = {10, 20};
        new Aggregator(1, 0).merge(student, new float[] {1, 2}, new float[] {2, Float.NaN}, 1, 0);
        assertThat(student).containsExactly(11, 20);
    }

    @Test
    void withOneLaneMomentumIsNesterovs() {
        double rate = 0.7;
        double momentum = 0.9;
        Aggregator aggregator = new Aggregator(rate, momentum);
        float[] student = values();
        Aggregator.Momentum memory = none(SIZE);
        double[] expected = widened(student);
        double[] velocity = new double[SIZE];
        for (int merge = 0; merge < 5; merge++) {
            float[] trained = values();
            for (int i = 0; i < SIZE; i++) {
                double gradient = student[i] - trained[i];
                velocity[i] = momentum * velocity[i] + gradient;
                expected[i] -= rate * (gradient + momentum * velocity[i]);
            }
            aggregator.merge(student, student, trained, SIZE, 0, memory, Aggregator.moves(0, 1));
            assertClose(student, expected);
        }
    }

    @Test
    void withSeveralLanesMomentumMovesOnceInSoManyMerges() {
        Aggregator aggregator = new Aggregator(1, 0.5);
        Aggregator.Momentum memory = none(1);
        float[] student = {0};
        for (int merge = 0; merge < 3; merge++) {
            boolean moves = Aggregator.moves(merge, 3);
            assertThat(moves).isEqualTo(merge == 2);
            aggregator.merge(student, student, new float[] {student[0] - 1}, 1, 0, memory, moves);
            if (merge == 1) {
                assertThat(student).as("gradient steps so far").containsExactly(-2);
                assertThat(memory.velocity()).containsExactly(0);
                assertThat(memory.pending()).containsExactly(2);
            }
        }
        assertThat(memory.velocity()).containsExactly(3);
        assertThat(memory.pending()).containsExactly(0);
        assertThat(student).as("the gradient, and half the momentum").containsExactly(-4.5f);
    }

    @Test
    void numbersThatAreNotFiniteArePoisonAndRefused() {
        for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] base = {1, 2};
            float[] trained = {1, poison};
            assertThatThrownBy(() -> new Aggregator(1, 0).merge(base.clone(), base, trained, 2, 1))
                    .isInstanceOf(Aggregator.NotFiniteException.class);
            assertThatThrownBy(() -> new Aggregator(1, 0.9).merge(base.clone(), base, trained, 2, 0, none(2), true))
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
        float[] there = base.clone();
        aggregator.merge(there, base, one, SIZE, 1);
        aggregator.merge(there, base, other, SIZE, 1);
        float[] back = base.clone();
        aggregator.merge(back, base, other, SIZE, 1);
        aggregator.merge(back, base, one, SIZE, 1);
        assertClose(there, widened(back));
    }

    @Property
    void withoutMomentumTheMemoryChangesNothing(
            @ForAll @DoubleRange(min = 0.1, max = 2) double rate, @ForAll @IntRange(min = 0, max = 9) int staleness) {
        float[] base = values();
        float[] student = values();
        float[] trained = values();
        Aggregator aggregator = new Aggregator(rate, 0);
        float[] remembering = student.clone();
        aggregator.merge(remembering, base, trained, SIZE, staleness, none(SIZE), false);
        aggregator.merge(student, base, trained, SIZE, staleness);
        assertClose(remembering, widened(student));
    }

    private static Aggregator.Momentum none(int size) {
        return new Aggregator.Momentum(new float[size], new float[size]);
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
