package dev.espalier.methods.closedform.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;

/**
 * The intact model with one matrix of one layer replaced, beside itself. It goes from layer to layer, so that what comes
 * before the layer is computed once.
 */
final class Beside implements AutoCloseable {
    /** Tokens whose logits are held at a time. */
    private static final int LOGITS = 128;

    private final Decoder model;
    private final Torch torch;
    private final NDManager owner;
    private final NDArray intact;
    private final long sequences;
    private NDArray stream;
    private int layer;

    private Beside(Decoder model, NDManager owner, NDArray intact, NDArray stream, long sequences) {
        this.model = model;
        this.torch = model.torch();
        this.owner = owner;
        this.intact = intact;
        this.stream = stream;
        this.sequences = sequences;
    }

    /** Before the first layer. @param rows few sequences of one length, which are computed at once */
    static Beside intact(Decoder model, int[][] rows) {
        Torch torch = model.torch();
        NDManager owner = torch.scope();
        NDArray ids = TokenTensors.ids(torch, owner, rows);
        NDArray intact = model.hiddenStates(owner, ids, Variant.INTACT, false).singletonOrThrow();
        NDArray stream = torch.tensor(owner, "embed", ids, model.embedding(), new NDList());
        return new Beside(model, owner, intact, stream, rows.length);
    }

    /** KL from the intact model with {@code weight} in the layer that this is before, nats a token. */
    double divergence(Slot slot, NDArray weight) {
        try (NDManager scope = torch.scope()) {
            NDList weights = following(layer, model.config().layers().size());
            slot.set(weights, weight);
            return torch.tensor(
                            scope,
                            "curves_divergence",
                            stream,
                            sequences,
                            model.rope(),
                            weights,
                            model.norm(),
                            model.head(),
                            intact,
                            model.config().headDim(),
                            model.config().normEps(),
                            LOGITS,
                            model.config().architecture().logitCap())
                    .toDoubleArray()[0];
        }
    }

    /** KL from what the intact model says to what another does, nats a token. @param intact [T,d] after the norm; @param other the same */
    static double divergence(NDManager scope, Decoder model, NDArray intact, NDArray other) {
        double cap = model.config().architecture().logitCap();
        return model.torch()
                .tensor(scope, "head_divergence", other, intact, model.head(), LOGITS, cap)
                .toDoubleArray()[0];
    }

    /** Before the next layer. */
    void goOn() {
        NDArray next = torch.tensor(
                owner,
                "through_layers",
                stream,
                sequences,
                model.rope(),
                following(layer, layer + 1),
                model.config().headDim(),
                model.config().normEps());
        stream.close();
        stream = next;
        layer++;
    }

    private NDList following(int from, int to) {
        return new NDList(model.weights().subList(from * Slot.STRIDE, to * Slot.STRIDE));
    }

    @Override
    public void close() {
        owner.close();
    }
}
