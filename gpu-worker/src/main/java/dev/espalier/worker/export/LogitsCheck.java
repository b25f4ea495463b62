package dev.espalier.worker.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** Reloads what was written and compares its logits with those of the model it was made from. */
public final class LogitsCheck {
    private static final int MOST_TOKENS = 48;
    private static final double EXACT = 1e-4;
    /** Relative to the largest logit, for folders whose weights were rounded to 16 bits. */
    private static final double ROUNDED = 0.1;

    /** The written model does not compute what it was made from. */
    public static final class Mismatch extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Mismatch(String message) {
            super(message);
        }
    }

    private LogitsCheck() {}

    /**
     * @param expected with {@code variant}, what the folder's model should compute
     * @param exact false if the folder's weights were rounded
     * @return the largest difference of a logit
     * @throws Mismatch if it is over 1e-4, or over 1e-4 of the largest logit where that is more than 1: merging rounds
     *     each weight anew, and a mistake is a thousand times as large; or if a logit is no number
     */
    public static double compare(Decoder expected, Variant variant, Path folder, boolean exact) {
        Torch torch = expected.torch();
        int length = Math.min(MOST_TOKENS, expected.positions());
        try (ModelFolder reloaded = ModelFolder.open(folder);
                Decoder actual = Decoder.load(torch, reloaded, length, false);
                NDManager scope = torch.scope()) {
            NDArray ids = torch.ints(scope, tokens(expected.config().vocabularySize(), length), 1, length);
            float[] wanted = expected.logits(scope, ids, variant).toFloatArray();
            float[] found = actual.logits(scope, ids, Variant.INTACT).toFloatArray();
            double largest = 1;
            double difference = 0;
            for (int i = 0; i < wanted.length; i++) {
                largest = Math.max(largest, Math.abs(wanted[i]));
                double gap = Math.abs(wanted[i] - found[i]);
                difference = Double.isNaN(gap) ? Double.POSITIVE_INFINITY : Math.max(difference, gap);
            }
            double allowed = exact ? EXACT * largest : ROUNDED * largest;
            if (!Double.isFinite(allowed)) {
                throw new Mismatch("the model that " + folder + " was made from computes logits that are no numbers");
            }
            if (difference > allowed) {
                throw new Mismatch(
                        "the model in " + folder + " differs from the one it was made from: a logit is off by "
                                + difference + ", allowed is " + allowed);
            }
            return difference;
        }
    }

    private static int[] tokens(int vocabulary, int length) {
        SplittableRandom random = new SplittableRandom(7);
        int[] tokens = new int[length];
        for (int i = 0; i < length; i++) {
            tokens[i] = random.nextInt(vocabulary);
        }
        return tokens;
    }
}
