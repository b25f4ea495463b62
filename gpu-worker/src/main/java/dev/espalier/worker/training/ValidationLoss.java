package dev.espalier.worker.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;

/** How well a student that is in training predicts text that it does not learn from. */
public final class ValidationLoss {
    private ValidationLoss() {}

    /**
     * Mean cross-entropy over all positions whose next token is learnt, in nats per token.
     *
     * @param rows sequences [n][length]; at least one
     * @throws UserError if none is: no loss at all is not the best of all
     * @throws IllegalStateException if it is not finite
     */
    public static double of(Decoder model, Variant student, int[][] rows) {
        double sum = 0;
        long positions = 0;
        for (int[] row : rows) {
            try (NDManager scope = model.torch().scope()) {
                int[][] batch = {row};
                NDArray ids = TokenTensors.ids(model.torch(), scope, batch);
                NDArray labels = TokenTensors.nextTokens(model.torch(), scope, batch);
                for (float nll : model.tokenNll(scope, ids, labels, student).toFloatArray()) {
                    sum += nll;
                }
                positions += LearntTokens.predicted(batch);
            }
        }
        if (!Double.isFinite(sum)) {
            throw new IllegalStateException(
                    "the validation loss is " + sum + ", so training has diverged: " + NonFiniteSteps.LOWER);
        }
        if (positions == 0) {
            throw new UserError(
                    "the " + rows.length + " sequences of held-out text that are measured have nothing to learn, no"
                            + " answer: give more of it, longer sequences, or set loss = all");
        }
        return sum / positions;
    }
}
