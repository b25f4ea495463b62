package dev.espalier.worker.masks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class DepthGatesTest {

    @Test
    void aGateOfAUnitIsItsOwnTimesThoseAroundIt() {
        PrunableShape shape = shape(EnumSet.allOf(Granularity.class));
        MaskSet gates = shape.filled(1);
        gates.row(Row.LAYERS)[1] = 0.5;
        gates.row(Row.blocks(1))[1] = 0.2;
        gates.ffn(1)[3] = 0.3;
        MaskSet units = DepthGates.onUnits(shape, gates);
        assertThat(units.hasDepth()).isFalse();
        assertThat(units.heads(0)).containsOnly(1);
        assertThat(units.heads(1)).containsOnly(0.5);
        assertThat(units.ffn(1)[0]).isCloseTo(0.1, Offset.offset(1e-12));
        assertThat(units.ffn(1)[3]).isCloseTo(0.03, Offset.offset(1e-12));
    }

    @Test
    void unitsThatAreNotMaskedThemselvesGoWithTheirLayer() {
        PrunableShape shape = shape(Set.of(Granularity.LAYERS));
        MaskSet gates = shape.filled(1);
        assertThat(gates.size()).isEqualTo(2);
        gates.row(Row.LAYERS)[0] = 0;
        MaskSet units = DepthGates.onUnits(shape, gates);
        assertThat(units.heads(0)).hasSize(2).containsOnly(0);
        assertThat(units.ffn(0)).hasSize(6).containsOnly(0);
        assertThat(units.ffn(1)).hasSize(6).containsOnly(1);
        assertThat(units.hidden()).isEmpty();
    }

    @Property(tries = 100)
    void theGradientIsThatOfTheProduct(@ForAll("granularity") Set<Granularity> what, @ForAll long seed) {
        PrunableShape shape = shape(what);
        SplittableRandom random = new SplittableRandom(seed);
        MaskSet gates = shape.filled(0).map(x -> random.nextDouble(0.1, 1));
        MaskSet slopes = DepthGates.onUnits(shape, gates).map(x -> random.nextGaussian());
        double[] gradient = DepthGates.gradient(gates, slopes).flat();
        double[] flat = gates.flat();
        for (int i = 0; i < flat.length; i++) {
            double[] moved = flat.clone();
            moved[i] += 1e-4;
            double above = product(DepthGates.onUnits(shape, gates.withFlat(moved)), slopes);
            moved[i] -= 2e-4;
            double below = product(DepthGates.onUnits(shape, gates.withFlat(moved)), slopes);
            assertThat(gradient[i]).isCloseTo((above - below) / 2e-4, Offset.offset(1e-8));
        }
    }

    @Property(tries = 100)
    void theShapeIsWrittenAndReadAgain(@ForAll("granularity") Set<Granularity> what) {
        MaskSet set = shape(what).filled(0);
        MaskSet read = MaskSet.ofLengths(set.lengths());
        assertThat(read.rows()).containsExactlyElementsOf(set.rows());
        assertThat(read.lengths()).isEqualTo(set.lengths());
    }

    private static double product(MaskSet a, MaskSet b) {
        double[] x = a.flat();
        double[] y = b.flat();
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }

    @Provide
    Arbitrary<Set<Granularity>> granularity() {
        return Arbitraries.of(Granularity.class).set();
    }

    private static PrunableShape shape(Set<Granularity> what) {
        return new PrunableShape(2, 8, 4, 2, 2, 6, what, HeadUnit.GROUP, false);
    }
}
