package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradients of the mean cross-entropy of some text with respect to an intact model's weights, one layer after the
 * other from the last to the first. A layer's gradients are summed over all sequences before anything is made of them, so
 * that no absolute value depends on how the text is cut into batches, and are gone before the next layer's come: besides
 * the model memory holds the residual stream, layers * T * d floats, and two or three times a layer's weights.
 */
public final class GradientPass {
    private final Decoder model;
    private final Torch torch;

    public GradientPass(Decoder model) {
        this.model = model;
        this.torch = model.torch();
    }

    /** Whoever makes something of a layer's gradients. */
    public interface Visitor {
        /** @param step owns the gradients, and is closed when this returns */
        void visit(NDManager step, int layer, LayerGradients gradients);
    }

    /**
     * A sequence on its way back: what went into each layer [T,d], its share of all tokens that are learnt, and the gradient
     * of its own loss at the last of these [T,d].
     */
    private static final class Sequence {
        private final NDList streams;
        private final double share;
        private NDArray gradient;

        Sequence(NDList streams, double share, NDArray gradient) {
            this.streams = streams;
            this.share = share;
            this.gradient = gradient;
        }
    }

    /**
     * @param rows sequences of one length
     * @param squares whether their squares are wanted, too
     * @param moved called whenever a sequence has passed the model or a layer
     * @throws UserError if a loss is not finite, or the text has no token that is learnt
     */
    public void run(int[][] rows, boolean squares, Visitor visitor, Runnable moved) {
        long learnt = LearntTokens.predicted(rows);
        if (learnt == 0) {
            throw new UserError(
                    "calibrate.gradient-tokens: none of these tokens is learnt (data.train has loss = answers),"
                            + " so that there is no gradient. Ask for more, or calibrate on text of which all is learnt");
        }
        try (NDManager held = torch.scope()) {
            List<Sequence> sequences = new ArrayList<>();
            for (int[] row : rows) {
                sequences.add(forward(held, row, (double) LearntTokens.predicted(new int[][] {row}) / learnt));
                moved.run();
            }
            for (int layer = model.config().layers().size() - 1; layer >= 0; layer--) {
                try (NDManager step = torch.scope()) {
                    visitor.visit(step, layer, gradients(held, step, layer, sequences, squares, moved));
                }
            }
        }
    }

    private Sequence forward(NDManager held, int[] row, double share) {
        int[][] rows = {row};
        try (NDManager step = torch.scope()) {
            NDList streams = torch.call(
                    held,
                    "residual_streams",
                    TokenTensors.ids(torch, step, rows),
                    model.embedding(),
                    model.rope(),
                    model.weights(),
                    model.config().headDim(),
                    model.config().normEps());
            NDArray last = streams.remove(streams.size() - 1);
            NDList loss = torch.call(
                    held,
                    "text_gradient",
                    last,
                    TokenTensors.nextTokens(torch, step, rows),
                    model.norm(),
                    model.head(),
                    model.config().normEps(),
                    model.chunk(),
                    model.config().architecture().logitCap());
            last.close();
            require(Float.isFinite(loss.get(0).getFloat()));
            return new Sequence(streams, share, loss.get(1));
        }
    }

    /** @param step owns them; @param held of the sequences, whose gradients it moves one layer back */
    private LayerGradients gradients(
            NDManager held, NDManager step, int layer, List<Sequence> sequences, boolean squared, Runnable moved) {
        int from = layer * Slot.STRIDE;
        NDList weights = new NDList(model.weights().subList(from, from + Slot.STRIDE));
        NDList means = zeros(step, weights);
        NDList squares = squared ? zeros(step, weights) : new NDList();
        for (Sequence sequence : sequences) {
            NDArray input = sequence.streams.remove(layer);
            NDArray before = torch.tensor(
                    held,
                    "weight_gradients_add",
                    means,
                    squares,
                    sequence.share,
                    sequence.gradient,
                    input,
                    1,
                    model.rope(),
                    weights,
                    model.config().headDim(),
                    model.config().normEps());
            input.close();
            sequence.gradient.close();
            sequence.gradient = before;
            moved.run();
        }
        return new LayerGradients(weights, means, squares, model.config().headDim());
    }

    /** Like the weights; empty in place of what is none. */
    private NDList zeros(NDManager scope, NDList weights) {
        NDList zeros = new NDList();
        for (Slot slot : Slot.values()) {
            zeros.add(slot.isStored() ? scope.zeros(slot.of(weights).getShape()) : torch.empty(scope));
        }
        return zeros;
    }

    static void require(boolean finite) {
        if (!finite) {
            throw new UserError("the loss of the calibration text, or its gradients, are not finite: look at the model"
                    + " with `espalier evaluate` before pruning it");
        }
    }
}
