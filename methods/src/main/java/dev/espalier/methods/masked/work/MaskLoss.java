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
import java.util.List;

/** The loss of the one intact model under a mask: a plain forward pass, at the price of what the mask leaves open. */
public record MaskLoss(Decoder model, PrunableShape shape) {

    /** Mean cross-entropy of a predicted token that is learnt, nats; NaN if there is none. @param rows [B][S] of any one length */
    public float under(MaskSet gates, int[][] rows) {
        try (NDManager scope = model.torch().scope()) {
            return of(
                    scope, new Variant(MaskTensors.upload(model.torch(), scope, gates, shape), new NDList(), 0), rows);
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
                    divergences[mask] = mean(model.divergence(own, ids, labels, intact, variant), rows);
                }
            }
        }
        return divergences;
    }

    private float of(NDManager scope, Variant variant, int[][] rows) {
        NDArray ids = TokenTensors.ids(model.torch(), scope, rows);
        NDArray labels = TokenTensors.nextTokens(model.torch(), scope, rows);
        return mean(model.tokenNll(scope, ids, labels, variant), rows);
    }

    private static float mean(NDArray ofTokens, int[][] rows) {
        double sum = 0;
        for (float token : ofTokens.toFloatArray()) {
            sum += token;
        }
        // No loss at all is not the best of all.
        long predicted = LearntTokens.predicted(rows);
        return predicted == 0 ? Float.NaN : (float) (sum / predicted);
    }
}
