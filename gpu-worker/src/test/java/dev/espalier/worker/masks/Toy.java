package dev.espalier.worker.masks;

import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.EnumSet;

/** The toy model whose numbers the authors' module was asked for: d 8, 4 heads, 6 channels, 2 layers. */
public final class Toy {
    public static final PrunableShape SHAPE = new PrunableShape(
            2, 8, 4, 4, 2, 6, EnumSet.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN), HeadUnit.QUERY, true);

    private Toy() {}

    public static MaskSet logits() {
        double[][] ffn = new double[2][6];
        for (int i = 0; i < 12; i++) {
            ffn[i / 6][i % 6] = -4 + 8 * i / 11.0;
        }
        return MaskSet.of(
                new double[] {4.6, 4.6, 3, 2, 0, -1, -2, -4.6}, new double[][] {{4, 2, -1, .5}, {3, -3, 0, 1}}, ffn);
    }

    public static MaskSet probabilities() {
        return logits().map(a -> HardConcrete.active(a, HardConcrete.BETA));
    }
}
