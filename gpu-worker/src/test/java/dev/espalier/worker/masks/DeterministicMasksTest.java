package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class DeterministicMasksTest {
    private static final int LAYERS = 3;

    @Test
    void softMasksOfTheToyAreTheAuthors() {
        MaskSet masks = DeterministicMasks.soft(Toy.logits());
        assertRow(masks.heads(0), .9918374, .9168273, .2314752, .6456563);
        assertRow(masks.heads(1), .9734030, 0, .5, .7685248);
        assertRow(masks.ffn(0), 0, 0, 0, 0, .2126390, .3926078);
        assertRow(masks.ffn(1), .6073922, .7873610, .8986048, .9549783, .9806832, .9918374);
        assertRow(masks.hidden(), .9960102, .9960102, .9734030, .9168273, .5, .2314752, 0, 0);
        MaskSet kept = masks.map(gate -> gate == 0 ? 0 : 1);
        assertThat(new ExpectedSparsity(Toy.SHAPE).of(kept)).isCloseTo(0.4, Offset.offset(1e-12));
    }

    private static void assertRow(double[] row, double... golden) {
        assertThat(row).hasSameSizeAs(golden);
        for (int i = 0; i < golden.length; i++) {
            assertThat(row[i]).isCloseTo(golden[i], Offset.offset(1e-6));
        }
    }

    @Property(tries = 100)
    void uniformMasksKeepTheUnitsWithTheLargestLogitsAndExactlyTheCounts(
            @ForAll("shapes") PrunableShape shape, @ForAll long seed) {
        MaskSet logits = randomly(shape, seed);
        int perGroup = shape.headUnit() == HeadUnit.QUERY ? Math.max(1, shape.groupSize() - 1) : shape.groupSize();
        int kv = shape.headUnit() == HeadUnit.QUERY ? 4 : 3;
        UniformShape end = new UniformShape(20, kv * perGroup, kv, 37);
        MaskSet gates = new DeterministicMasks(shape).uniform(logits, end);
        for (int layer = 0; layer < LAYERS; layer++) {
            assertKept(logits.ffn(layer), gates.ffn(layer), 37);
            double[] heads = gates.heads(layer);
            if (heads.length > 0) {
                assertThat(Counting.count(heads, 0)).isEqualTo(end.headUnits(shape));
            }
            if (shape.headUnit() == HeadUnit.GROUP && heads.length > 0) {
                assertKept(logits.heads(layer), heads, 3);
            }
        }
        if (gates.hidden().length > 0) {
            assertKept(logits.hidden(), gates.hidden(), 20);
        }
    }

    private static void assertKept(double[] logits, double[] gates, int count) {
        assertThat(Counting.count(gates, 0)).isEqualTo(count);
        double lowestKept = Double.POSITIVE_INFINITY;
        double highestGone = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < gates.length; i++) {
            assertThat(gates[i]).isIn(0.0, 1.0);
            if (gates[i] == 1) {
                lowestKept = Math.min(lowestKept, logits[i]);
            } else {
                highestGone = Math.max(highestGone, logits[i]);
            }
        }
        assertThat(lowestKept).isGreaterThan(highestGone);
    }

    @Property(tries = 1000)
    void masksAtABudgetAreHardWithinOneUnitOfItAndLeaveSomethingInEveryLayer(
            @ForAll("shapes") PrunableShape shape,
            @ForAll @DoubleRange(min = 0.02, max = 0.6) double sparsity,
            @ForAll long seed) {
        MaskSet gates = new DeterministicMasks(shape).at(randomly(shape, seed), sparsity, Optional.empty(), sparsity);
        double reached = 1 - (double) Counting.parameters(shape, gates) / shape.total();
        double smallestUnit = (double) shape.channelParameters() / shape.total();
        assertThat(reached).isCloseTo(sparsity, Offset.offset(smallestUnit));
        for (int layer = 0; layer < LAYERS; layer++) {
            assertThat(Counting.count(gates.ffn(layer), 1)).isPositive();
            assertThat(Counting.count(gates.heads(layer), 1)).isPositive();
        }
        assertThat(Counting.count(gates.hidden(), 1)).isPositive();
        for (double gate : gates.flat()) {
            assertThat(gate).isIn(0.0, 1.0);
        }
    }

    @Property(tries = 50)
    void aBudgetDoesNotDependOnWhereTrainingHasShiftedTheLogits(
            @ForAll("shapes") PrunableShape shape, @ForAll long seed) {
        MaskSet logits = randomly(shape, seed);
        DeterministicMasks masks = new DeterministicMasks(shape);
        assertThat(masks.budget(logits.map(a -> a + 30), 0.3).flat())
                .isEqualTo(masks.budget(logits, 0.3).flat());
    }

    @Test
    void moreThanCanGoIsRefusedWithTheMost() {
        // a quarter of the parameters is attention, of whose four groups one stays
        PrunableShape shape = new PrunableShape(3, 64, 4, 4, 16, 256, Set.of(Granularity.HEADS), HeadUnit.GROUP, false);
        DeterministicMasks masks = new DeterministicMasks(shape);
        double most = 0.75 * 4 / (4 + 12);
        assertThatCode(() -> masks.requireReachable(most)).doesNotThrowAnyException();
        assertThatThrownBy(() -> masks.cut(randomly(shape, 3), most + 1e-6, Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.granularity [heads], which leaves each layer one of a kind: 0.1875");
    }

    @Test
    void whatMayEmptyASubBlockCanTakeAllOfItAndNoMore() {
        PrunableShape shape = new PrunableShape(3, 64, 4, 4, 16, 256, Set.of(Granularity.FFN), HeadUnit.GROUP, false);
        DeterministicMasks masks = new DeterministicMasks(shape);
        double all = 3.0 * 256 * shape.channelParameters() / shape.total();
        assertThatCode(() -> masks.requireReachableByAll(all)).doesNotThrowAnyException();
        assertThatThrownBy(() -> masks.requireReachable(all)).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> masks.requireReachableByAll(all + 1e-6))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.granularity [ffn]: 0.");
    }

    @Test
    void hiddenChannelsAloneCanReachTheBudget() {
        PrunableShape shape = new PrunableShape(3, 64, 4, 4, 16, 64, Set.of(Granularity.HIDDEN), HeadUnit.GROUP, false);
        MaskSet gates = new DeterministicMasks(shape).budget(randomly(shape, 3).map(a -> a + 10), 0.25);
        assertThat(Counting.count(gates.hidden(), 0)).isEqualTo(48);
    }

    @Provide
    Arbitrary<PrunableShape> shapes() {
        Arbitrary<Set<Granularity>> others = Arbitraries.of(Granularity.class).set();
        return Combinators.combine(others, Arbitraries.integers().between(1, 3), Arbitraries.of(HeadUnit.class))
                .as((more, group, unit) -> {
                    Set<Granularity> what = EnumSet.of(Granularity.FFN);
                    what.addAll(more);
                    return new PrunableShape(LAYERS, 32, 4 * group, 4, 2, 64, what, unit, false);
                });
    }

    private static MaskSet randomly(PrunableShape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return shape.filled(0).map(x -> 3 * random.nextGaussian());
    }
}
