package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UniformShapeTest {
    private static final double HALF_A_CHANNEL =
            0.5 * 30 * 3 * 576 / smolLm(Set.of()).total();

    /** SmolLM2-135M. */
    private static PrunableShape smolLm(Set<Granularity> what) {
        return new PrunableShape(30, 576, 9, 3, 64, 1536, what, HeadUnit.GROUP, false);
    }

    @Test
    void aFifthOfSmolLmIs1126Channels() {
        PrunableShape shape = smolLm(Set.of(Granularity.FFN));
        UniformShape end = UniformShape.nearest(shape, 0.2, 1);
        assertThat(end).isEqualTo(new UniformShape(576, 9, 3, 1126));
        assertThat(end.sparsity(shape)).isCloseTo(0.2, Offset.offset(HALF_A_CHANNEL));
    }

    @Property(tries = 100)
    void theNearestShapeIsWithinHalfAChannelAndStockLoadersTakeIt(
            @ForAll Set<Granularity> more, @ForAll @DoubleRange(min = 0.02, max = 0.6) double sparsity) {
        Set<Granularity> what = EnumSet.of(Granularity.FFN);
        what.addAll(more);
        PrunableShape shape = smolLm(what);
        UniformShape end = UniformShape.nearest(shape, sparsity, 1);
        assertThat(end.sparsity(shape)).isCloseTo(sparsity, Offset.offset(HALF_A_CHANNEL + 1e-12));
        assertThat(end.hidden() % end.queryHeads()).isZero();
        assertThat(end.queryHeads()).isEqualTo(3 * end.kvHeads());
        assertThat(end.hidden()).isBetween(1, 576);
        assertThat(end.intermediate()).isBetween(1, 1536);
    }

    @Property(tries = 50)
    void widthsAreMultiplesOfWhatWasAskedFor(@ForAll @DoubleRange(min = 0.1, max = 0.6) double sparsity) {
        UniformShape end = UniformShape.nearest(smolLm(Set.of(Granularity.FFN)), sparsity, 64);
        assertThat(end.intermediate() % 64).isZero();
        assertThat(end.sparsity(smolLm(Set.of()))).isCloseTo(sparsity, Offset.offset(64.5 * HALF_A_CHANNEL));
    }

    /** 64 hidden channels, 4 heads on 2 KV heads. */
    private static PrunableShape small(Set<Granularity> what) {
        return new PrunableShape(2, 64, 4, 2, 16, 96, what, HeadUnit.GROUP, false);
    }

    @ParameterizedTest
    @CsvSource({"0.25, 48", "0.5, 32", "0.75, 16"})
    void hiddenChannelsAloneGiveTheWholeShare(double sparsity, int hidden) {
        PrunableShape shape = small(Set.of(Granularity.HIDDEN));
        assertThat(UniformShape.nearest(shape, sparsity, 1)).isEqualTo(new UniformShape(hidden, 4, 2, 96));
    }

    @Property(tries = 600)
    void whateverCanBeReachedIsReached(
            @ForAll @Size(min = 1) Set<Granularity> what,
            @ForAll @DoubleRange(min = 0.01, max = 0.95) double sparsity,
            @ForAll @IntRange(min = 1, max = 6) int factor,
            @ForAll @IntRange(min = 0, max = 7) int odd,
            @ForAll @IntRange(min = 1, max = 4) int kvHeads,
            @ForAll @IntRange(min = 1, max = 3) int group,
            @ForAll @IntRange(min = 5, max = 60) int intermediate,
            @ForAll @IntRange(min = 1, max = 5) int multiple) {
        PrunableShape shape = new PrunableShape(
                3,
                factor * kvHeads * group + odd,
                kvHeads * group,
                kvHeads,
                8,
                intermediate,
                what,
                HeadUnit.GROUP,
                false);
        int step = what.contains(Granularity.FFN) ? multiple : 1;
        double channels = what.contains(Granularity.FFN)
                ? 0.501 * step * shape.layers() * shape.channelParameters() / shape.total()
                : 0;
        double tolerance = Math.max(NearestShape.TOLERANCE, channels);
        double nearest = admissible(shape, step)
                .mapToDouble(any -> Math.abs(any.sparsity(shape) - sparsity))
                .min()
                .orElseThrow();
        if (nearest > tolerance) {
            assertThatThrownBy(() -> UniformShape.nearest(shape, sparsity, step))
                    .isInstanceOf(UserError.class);
        } else {
            UniformShape found = UniformShape.nearest(shape, sparsity, step);
            assertThat(found.sparsity(shape)).isCloseTo(sparsity, Offset.offset(tolerance));
            assertThat(admissible(shape, step)).contains(found);
        }
    }

    /** All shapes that loaders of the model take, one by one. */
    private static Stream<UniformShape> admissible(PrunableShape shape, int multiple) {
        List<UniformShape> all = new ArrayList<>();
        for (int kv = shape.masks(Granularity.HEADS) ? 1 : shape.kvHeads(); kv <= shape.kvHeads(); kv++) {
            for (int hidden = shape.masks(Granularity.HIDDEN) ? 1 : shape.hidden();
                    hidden <= shape.hidden();
                    hidden++) {
                boolean intactAndOdd = hidden == shape.hidden() && hidden % shape.queryHeads() != 0;
                if (hidden % (kv * shape.groupSize()) != 0 && !intactAndOdd) {
                    continue;
                }
                for (int width = 1; width <= shape.intermediate(); width++) {
                    if (shape.masks(Granularity.FFN) ? width % multiple == 0 : width == shape.intermediate()) {
                        all.add(new UniformShape(hidden, kv * shape.groupSize(), kv, width));
                    }
                }
            }
        }
        return all.stream();
    }

    /** With explicit head_dim: 100 channels, 3 heads of 16. transformers loads such Mistral and Qwen models. */
    @Test
    void aHiddenSizeThatNeverWasAMultipleOfTheHeadsIsNoHindrance() {
        PrunableShape shape = new PrunableShape(2, 100, 3, 3, 16, 96, Set.of(Granularity.FFN), HeadUnit.GROUP, false);
        assertThat(UniformShape.nearest(shape, 0.25, 1).hidden()).isEqualTo(100);
    }

    @Test
    void aTargetBeyondTheMostIsToldTheMost() {
        refused(
                () -> UniformShape.nearest(smolLm(Set.of(Granularity.FFN)), 0.9, 1),
                "prune.target.sparsity = 0.9 is more than can be taken",
                "[ffn], which is 0.7495",
                "add one of [heads, hidden] to the granularity");
    }

    @Test
    void aTargetBetweenTwoStepsIsToldBoth() {
        refused(
                () -> UniformShape.nearest(small(Set.of(Granularity.HEADS)), 0.1, 1),
                "prune.target.sparsity = 0.1 lies between two steps",
                "[heads], 0.0000 and 0.2000: choose one of these, or add one of [ffn, hidden]");
        refused(
                () -> UniformShape.nearest(small(Set.of(Granularity.HIDDEN)), 0.3, 1),
                "[hidden], 0.2500 and 0.3125: choose one of these");
    }

    @Test
    void headsThatWouldNotDivideTheHiddenSizeAreToldApart() {
        PrunableShape shape = new PrunableShape(2, 64, 8, 8, 8, 96, Set.of(Granularity.HEADS), HeadUnit.GROUP, false);
        refused(
                () -> UniformShape.nearest(shape, 0.11, 1),
                "must divide the hidden size of 64, as only [1, 2, 4, 8] do");
    }

    @Test
    void aMultipleOfMoreChannelsThanThereAreIsToldSo() {
        refused(
                () -> UniformShape.nearest(small(Set.of(Granularity.FFN)), 0.3, 128),
                "export.ffn-multiple = 128 is more than the model's 96 FFN channels");
    }

    private static void refused(ThrowingCallable search, String... told) {
        assertThatThrownBy(search).isInstanceOf(UserError.class).hasMessageContainingAll(told);
    }

    @Property(tries = 100)
    void theWayBeginsIntactEndsAtTheShapeAndHasTheWantedShareOfItsSparsityBetween(
            @ForAll @DoubleRange(min = 0.05, max = 1) double share) {
        PrunableShape shape = smolLm(EnumSet.allOf(Granularity.class));
        UniformShape end = UniformShape.nearest(shape, 0.4, 1);
        assertThat(end.onTheWay(shape, end.progress(shape, 0))).isEqualTo(new UniformShape(576, 9, 3, 1536));
        assertThat(end.onTheWay(shape, end.progress(shape, 1))).isEqualTo(end);
        UniformShape between = end.onTheWay(shape, end.progress(shape, share));
        // counts are rounded, and heads are coarse
        assertThat(between.sparsity(shape)).isCloseTo(share * end.sparsity(shape), Offset.offset(0.04));
    }
}
