package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * How much the model's loss minds what is changed in the residual stream after each layer: the Fisher information there,
 * which stands for the second derivative of the loss (docs/methods/closed-form.md). One backward pass over some text, with
 * next words that the model draws itself.
 */
public final class Curvature implements AutoCloseable {
    private static final int CHUNK_TOKENS = 2048;

    /** Ridge, as a share of the mean diagonal: fewer tokens than hidden channels leave directions that no token knows. */
    private static final double DAMPING = 0.01;

    private final NDManager owner;
    private final NDList factors;

    private Curvature(NDManager owner, NDList factors) {
        this.owner = owner;
        this.factors = factors;
    }

    /**
     * Of an intact model: layers * d * d floats until closed.
     *
     * @param rows sequences of one length
     * @param seed of the words that are drawn
     * @param done called with the number of sequences that are done
     * @throws UserError if gradients are not finite
     */
    public static Curvature of(Decoder model, int[][] rows, long seed, IntConsumer done) {
        Torch torch = model.torch();
        NDManager owner = torch.scope();
        try (NDManager scope = torch.scope()) {
            NDList sums = sums(model, scope, rows, new Random(seed), done);
            NDList factors = new NDList();
            for (NDArray sum : sums) {
                if (!torch.isFinite(sum)) {
                    throw new UserError("the gradients of the calibration text are not finite: look at the model with"
                            + " `espalier evaluate` before pruning it");
                }
                factors.add(torch.tensor(owner, "curvature_factor", sum, DAMPING));
            }
            return new Curvature(owner, factors);
        } catch (RuntimeException | Error e) {
            owner.close();
            throw e;
        }
    }

    private static NDList sums(Decoder model, NDManager scope, int[][] rows, Random random, IntConsumer done) {
        Torch torch = model.torch();
        int hidden = model.config().hiddenSize();
        NDList sums = new NDList();
        for (int layer = 0; layer < model.config().layers().size(); layer++) {
            sums.add(scope.zeros(new Shape(hidden, hidden)));
        }
        int sequences = Math.max(1, CHUNK_TOKENS / rows[0].length);
        for (int from = 0; from < rows.length; from += sequences) {
            int[][] chunk = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + sequences));
            try (NDManager step = torch.scope()) {
                model.addCurvature(
                        step, sums, TokenTensors.ids(torch, step, chunk), uniform(torch, step, chunk, random));
            }
            done.accept(from + chunk.length);
        }
        return sums;
    }

    private static NDArray uniform(Torch torch, NDManager scope, int[][] rows, Random random) {
        float[] values = new float[rows.length * rows[0].length];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return torch.floats(scope, values, values.length);
    }

    /** R [d,d] of the stream after a layer: what changes there by x changes the loss by |R x|^2, but for a factor of all layers. */
    NDArray factor(int layer) {
        return factors.get(layer);
    }

    @Override
    public void close() {
        owner.close();
    }
}
