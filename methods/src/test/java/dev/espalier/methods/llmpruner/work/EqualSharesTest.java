package dev.espalier.methods.llmpruner.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.methods.llmpruner.Grouping;
import dev.espalier.methods.llmpruner.Importance;
import dev.espalier.methods.llmpruner.LlmPrunerSettings;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.ExpectedSparsity;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EqualSharesTest {
    private static final PrunableShape SHAPE = new PrunableShape(
            3, 16, 4, 4, 4, 40, EnumSet.of(Granularity.HEADS, Granularity.FFN), HeadUnit.GROUP, false);

    @Test
    void aUnitsPlaceInItsRowSaysWhenItGoes() {
        MaskSet scores = MaskSet.of(new double[0], new double[][] {{30, 10}}, new double[][] {{5, 7, 1, 3}});
        MaskSet order = sparing(0, 0, 1).apply(scores);
        assertThat(order.heads(0)).containsExactly(.75, .25);
        assertThat(order.ffn(0)).containsExactly(.625, .875, .125, .375);
    }

    @Test
    void eachLayerThatIsNotSparedLosesTheSameShare() {
        SplittableRandom random = new SplittableRandom(5);
        MaskSet scores = SHAPE.filled(0).map(unit -> Math.exp(9 * random.nextGaussian()));
        EqualShares shares = sparing(1, 0, 3);
        MaskSet gates = new DeterministicMasks(SHAPE).budget(shares.apply(scores), 0.3);
        assertThat(new ExpectedSparsity(SHAPE).of(gates)).isCloseTo(0.3, within(0.01));
        assertThat(gates.heads(0)).containsOnly(1);
        assertThat(gates.ffn(0)).containsOnly(1);
        for (int layer = 1; layer < 3; layer++) {
            assertThat(Arrays.stream(gates.heads(layer)).sum()).isEqualTo(2);
            assertThat(Arrays.stream(gates.ffn(layer)).sum()).isBetween(21.0, 24.0);
        }
    }

    @Test
    void whatCanGoIsAllButOneUnitOfEachRowThatIsNotSpared() {
        // of 4 heads of 256 weights and 40 channels of 48
        double layer = 4 * 256 + 40 * 48;
        assertThat(sparing(1, 1, 3).most(SHAPE)).isCloseTo((3 * 256 + 39 * 48) / (3 * layer), within(1e-12));
        assertThat(sparing(2, 1, 3).most(SHAPE)).isZero();
    }

    private static EqualShares sparing(int first, int last, int layers) {
        return new EqualShares(new LlmPrunerSettings(Importance.ELEMENT1, Grouping.SUM, false, first, last), layers);
    }
}
