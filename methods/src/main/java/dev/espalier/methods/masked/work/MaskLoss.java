package dev.espalier.methods.masked.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.List;

/** The loss of the one intact model under a mask: a plain forward pass, at the price of what the mask leaves open. */
public record MaskLoss(Decoder model, PrunableShape shape) {
    /**
     * Tokens of sequences that go through the model at once, each under a mask of its own. Fewer leave a processor waiting for weights; of more,
     * what one mask closes another opens, and then it is computed for all.
     */
    private static final int STACKED_TOKENS = 512;

    /** Mean cross-entropy of a predicted token that is learnt, nats; NaN if there is none. @param rows [B][S] of any one length */
    public float under(MaskSet gates, int[][] rows) {
        try (NDManager scope = model.torch().scope()) {
            return of(
                    scope, new Variant(MaskTensors.upload(model.torch(), scope, gates, shape), new NDList(), 0), rows);
        }
    }

    /**
     * {@link #under} a mask for each sequence: several sequences in a pass, if they are short.
     *
     * @param masks one for each row
     */
    public float[] each(List<MaskSet> masks, int[][] rows) {
        int stack = Math.max(1, STACKED_TOKENS / rows[0].length);
        float[] losses = new float[rows.length];
        for (int first = 0; first < rows.length; first += stack) {
            int end = Math.min(rows.length, first + stack);
            stacked(masks.subList(first, end), Arrays.copyOfRange(rows, first, end), losses, first);
        }
        return losses;
    }

    private void stacked(List<MaskSet> masks, int[][] rows, float[] losses, int first) {
        try (NDManager scope = model.torch().scope()) {
            NDList gates = MaskTensors.uploadStacked(model.torch(), scope, masks, shape);
            float[] ofTokens = ofTokens(scope, new Variant(gates, new NDList(), 0), rows);
            for (int row = 0; row < rows.length; row++) {
                int from = row * rows[row].length;
                float[] own = Arrays.copyOfRange(ofTokens, from, from + rows[row].length);
                losses[first + row] = mean(own, new int[][] {rows[row]});
            }
        }
    }

    /** {@link #under} no mask. */
    public float intact(int[][] rows) {
        try (NDManager scope = model.torch().scope()) {
            return of(scope, Variant.INTACT, rows);
        }
    }

    /**
     * How far what the model says next lies from what it says without a mask, for each mask: mean KL divergence at a token that is
     * learnt, nats; NaN if there is none. The intact model reads the text once for all masks.
     *
     * @param rows [B][S] of any one length
     */
    public float[] divergences(List<MaskSet> masks, int[][] rows) {
        float[] divergences = new float[masks.size()];
        try (NDManager scope = model.torch().scope()) {
            NDArray ids = TokenTensors.ids(model.torch(), scope, rows);
            NDArray labels = TokenTensors.nextTokens(model.torch(), scope, rows);
            NDArray intact =
                    model.hiddenStates(scope, ids, Variant.INTACT, false).get(0);
            for (int mask = 0; mask < divergences.length; mask++) {
                try (NDManager own = model.torch().scope()) {
                    NDList gates = MaskTensors.upload(model.torch(), own, masks.get(mask), shape);
                    Variant variant = new Variant(gates, new NDList(), 0);
                    divergences[mask] = mean(
                            model.divergence(own, ids, labels, intact, variant).toFloatArray(), rows);
                }
            }
        }
        return divergences;
    }

    private float of(NDManager scope, Variant variant, int[][] rows) {
        return mean(ofTokens(scope, variant, rows), rows);
    }

    private float[] ofTokens(NDManager scope, Variant variant, int[][] rows) {
        NDArray ids = TokenTensors.ids(model.torch(), scope, rows);
        NDArray labels = TokenTensors.nextTokens(model.torch(), scope, rows);
        return model.tokenNll(scope, ids, labels, variant).toFloatArray();
    }

    private static float mean(float[] ofTokens, int[][] rows) {
        double sum = 0;
        for (float token : ofTokens) {
            sum += token;
        }
        // No loss at all is not the best of all.
        long predicted = LearntTokens.predicted(rows);
        return predicted == 0 ? Float.NaN : (float) (sum / predicted);
    }
}
