package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;

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

class SparsityControllerTest {
    private static final int LAYERS = 3;

    @Property(tries = 150)
    void expectedSparsityIsTheTargetHoweverTheLogitsLie(
            @ForAll("shapes") PrunableShape shape,
            @ForAll @DoubleRange(min = 0.01, max = 0.6) double target,
            @ForAll @DoubleRange(min = 0.1, max = 1) double beta,
            @ForAll @DoubleRange(min = 0.1, max = 200) double spread,
            @ForAll long seed) {
        MaskSet logits = randomly(shape, spread, seed);
        MaskSet shifted = new SparsityController(shape, Optional.empty(), target).project(logits, target, beta);
        assertThat(expected(shape, shifted, beta)).isCloseTo(target, Offset.offset(1e-6));
    }

    @Property(tries = 150)
    void onTheWayToAUniformShapeExpectedSparsityIsTheTargetAndEachLayerHasItsShare(
            @ForAll("widths") PrunableShape shape,
            @ForAll @DoubleRange(min = 0.05, max = 1) double share,
            @ForAll @DoubleRange(min = 0.1, max = 1) double beta,
            @ForAll @DoubleRange(min = 0.1, max = 200) double spread,
            @ForAll long seed) {
        int hidden = shape.masks(Granularity.HIDDEN) ? 24 : 32;
        int groups = shape.masks(Granularity.HEADS) ? 2 : 4;
        int intermediate = shape.masks(Granularity.FFN) ? 40 : 64;
        UniformShape end = new UniformShape(hidden, groups * shape.groupSize(), groups, intermediate);
        double last = end.sparsity(shape);
        MaskSet logits = randomly(shape, spread, seed);
        MaskSet shifted = new SparsityController(shape, Optional.of(end), last).project(logits, share * last, beta);
        assertThat(expected(shape, shifted, beta)).isCloseTo(share * last, Offset.offset(1e-5));
        for (int layer = 1; layer < LAYERS; layer++) {
            assertThat(sum(shifted.ffn(layer), beta)).isCloseTo(sum(shifted.ffn(0), beta), Offset.offset(1e-4));
            assertThat(sum(shifted.heads(layer), beta)).isCloseTo(sum(shifted.heads(0), beta), Offset.offset(1e-4));
        }
    }

    @Property(tries = 50)
    void theOrderOfTheUnitsIsLeftAlone(@ForAll("shapes") PrunableShape shape, @ForAll long seed) {
        MaskSet logits = randomly(shape, 5, seed);
        MaskSet shifted = new SparsityController(shape, Optional.empty(), 0.3).project(logits, 0.3, HardConcrete.BETA);
        double[] before = logits.flat();
        double[] after = shifted.flat();
        for (int i = 1; i < before.length; i++) {
            assertThat(after[i] - after[0]).isCloseTo(before[i] - before[0], Offset.offset(1e-9));
        }
    }

    private static double sum(double[] row, double beta) {
        double sum = 0;
        for (double logit : row) {
            sum += HardConcrete.active(logit, beta);
        }
        return sum;
    }

    private static double expected(PrunableShape shape, MaskSet logits, double beta) {
        return new ExpectedSparsity(shape).of(logits.map(a -> HardConcrete.active(a, beta)));
    }

    /** FFN is always among what is pruned, so that every target can be reached. */
    @Provide
    Arbitrary<PrunableShape> shapes() {
        return shapes(Granularity.values());
    }

    /** Without layers and sub-blocks, of which no uniform shape takes any. */
    @Provide
    Arbitrary<PrunableShape> widths() {
        return shapes(Granularity.HEADS, Granularity.HIDDEN);
    }

    private static Arbitrary<PrunableShape> shapes(Granularity... choice) {
        Arbitrary<Set<Granularity>> others = Arbitraries.of(choice).set();
        return Combinators.combine(others, Arbitraries.integers().between(1, 3)).as((more, group) -> {
            Set<Granularity> what = EnumSet.of(Granularity.FFN);
            what.addAll(more);
            return new PrunableShape(LAYERS, 32, 4 * group, 4, 2, 64, what, HeadUnit.GROUP, false);
        });
    }

    private static MaskSet randomly(PrunableShape shape, double spread, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return shape.filled(0).map(x -> spread * random.nextGaussian());
    }
}
