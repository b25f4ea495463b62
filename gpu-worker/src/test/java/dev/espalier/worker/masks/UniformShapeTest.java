package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.EnumSet;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

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

    @Test
    void aTargetThatCannotBeReachedIsTheUsersError() {
        assertThatThrownBy(() -> UniformShape.nearest(smolLm(Set.of(Granularity.HEADS)), 0.5, 1))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.target.sparsity = 0.5")
                .hasMessageContaining("add ffn");
        assertThatThrownBy(() -> UniformShape.nearest(smolLm(Set.of(Granularity.FFN)), 0.9, 1))
                .isInstanceOf(UserError.class);
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
