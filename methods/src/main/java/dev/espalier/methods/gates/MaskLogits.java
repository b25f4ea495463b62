package dev.espalier.methods.gates;

import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.training.ArrayGroup;
import dev.espalier.worker.training.Numbers;
import dev.espalier.worker.training.StudentFile;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The learned logits of all masks, with their optimizer: what a student version holds of its masks.
 *
 * @param shape of the set, all zeros
 * @param group the logits, in the order of {@link MaskSet#flat}
 */
public record MaskLogits(MaskSet shape, ArrayGroup group) {
    private static final String NAME = "masks";
    private static final String ROWS = "masks.rows";

    public static MaskLogits start(MaskSet logits) {
        double[] flat = logits.flat();
        float[] values = new float[flat.length];
        for (int i = 0; i < flat.length; i++) {
            values[i] = (float) flat[i];
        }
        MaskSet shape = MaskSet.zeros(logits);
        return new MaskLogits(shape, new ArrayGroup(NAME, values, Map.of(ROWS, shape.lengths())));
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

    /** Zeros, as many as a student version has. */
    public static MaskLogits like(StudentFile version) {
        return start(MaskSet.ofLengths(version.setting(ROWS)));
    }

    /** Those of a student version. */
    public static MaskSet read(StudentFile version) {
        MaskLogits logits = like(version);
        version.read(NAME, new Numbers.InJava(logits.values()));
        return logits.set();
    }

    /** In the order of {@link MaskSet#flat}. */
    public float[] values() {
        return group.values();
    }

    public MaskSet set() {
        float[] values = values();
        double[] flat = new double[values.length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = values[i];
        }
        return shape.withFlat(flat);
    }

    /** One Adam step; @param bound logits are clamped to +-bound after it (docs/methods/nuteprune.md, Gates) */
    public void step(MaskSet gradient, double rate, double bound) {
        group.step(gradient.flat(), rate);
        float[] values = values();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.max(-bound, Math.min(bound, values[i]));
        }
    }
}
