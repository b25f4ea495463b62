package dev.espalier.worker.masks;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The learned logits of all masks, with their optimizer: what a student version holds of its masks.
 *
 * @param values in the order of {@link MaskSet#flat}
 */
public record MaskLogits(MaskSet shape, float[] values, Adam adam) {

    public static MaskLogits start(MaskSet logits) {
        double[] flat = logits.flat();
        float[] values = new float[flat.length];
        for (int i = 0; i < flat.length; i++) {
            values[i] = (float) flat[i];
        }
        return new MaskLogits(MaskSet.zeros(logits), values, new Adam(values.length));
    }

    /**
     * The paper's start: N(10, 0.01^2) for heads and hidden channels, N(ln 99, 0.01^2) for FFN channels
     * (docs/methods/nuteprune.md, Gates).
     */
    public static MaskLogits published(PrunableShape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return start(shape.filled(0).mapRows((row, values) -> {
            double mean = row.structure() == Structure.FFN ? Math.log(99) : 10;
            return Arrays.stream(values)
                    .map(x -> mean + 0.01 * random.nextGaussian())
                    .toArray();
        }));
    }

    public MaskSet set() {
        double[] flat = new double[values.length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = values[i];
        }
        return shape.withFlat(flat);
    }

    /** One Adam step; @param bound logits are clamped to +-bound after it (docs/methods/nuteprune.md, Gates) */
    public void step(MaskSet gradient, double rate, double bound) {
        adam.step(values, gradient.flat(), rate);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.max(-bound, Math.min(bound, values[i]));
        }
    }
}
