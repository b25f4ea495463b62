package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;

/** The score that needs no text: the sum of a unit's column norms in o_proj or down_proj (docs/methods/metrics.md). */
public final class Magnitude {
    private Magnitude() {}

    public static MaskSet scores(Decoder model, PrunableShape shape) {
        MaskSet scores = shape.filled(0);
        for (int layer = 0; layer < shape.layers(); layer++) {
            if (shape.masks(Granularity.HEADS)) {
                sum(model, model.weights().get(Slot.O.at(layer)), HeadUnits.columns(shape), scores.heads(layer));
            }
            if (shape.masks(Granularity.FFN)) {
                sum(model, model.weights().get(Slot.DOWN.at(layer)), channels(shape), scores.ffn(layer));
            }
        }
        return scores;
    }

    /** Every FFN channel as a unit of one column. */
    static int[][] channels(PrunableShape shape) {
        int[][] channels = new int[shape.intermediate()][1];
        for (int i = 0; i < channels.length; i++) {
            channels[i][0] = i;
        }
        return channels;
    }

    private static void sum(Decoder model, NDArray weight, int[][] units, double[] into) {
        try (NDManager scope = model.torch().scope()) {
            float[] norms = model.torch().tensor(scope, "column_norms", weight).toFloatArray();
            for (int unit = 0; unit < units.length; unit++) {
                for (int column : units[unit]) {
                    into[unit] += norms[column];
                }
            }
        }
    }
}
