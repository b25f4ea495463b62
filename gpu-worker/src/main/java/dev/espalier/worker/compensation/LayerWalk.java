package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;

/**
 * Calibration text on its way through the layers, one sub-block at a time, so that each is measured, pruned and
 * re-fitted on what the ones before it really give (docs/methods/closed-form.md: errors must not pile up). Holds the
 * residual stream of all calibration tokens: T * d floats.
 */
final class LayerWalk implements AutoCloseable {
    private static final int CHUNK_TOKENS = 2048;

    private final Decoder model;
    private final Torch torch;
    private final NDManager owner;
    private final NDArray hiddenMask;
    private final NDList lora;
    private final double scale;
    private final int length;
    private NDManager streamOwner;
    private NDList stream;

    /**
     * @param rows calibration sequences of one length; none for a walk that measures nothing
     * @param hiddenMask [d] values of the hidden channels, or an empty tensor
     * @param lora factors to be merged into each layer; empty list for none
     */
    LayerWalk(Decoder model, int[][] rows, NDArray hiddenMask, NDList lora, double scale) {
        this.model = model;
        this.torch = model.torch();
        this.owner = torch.scope();
        this.hiddenMask = hiddenMask;
        this.lora = lora;
        this.scale = scale;
        this.length = rows.length == 0 ? 1 : rows[0].length;
        int sequencesPerChunk = Math.max(1, CHUNK_TOKENS / length);
        this.streamOwner = owner.newSubManager();
        this.stream = new NDList();
        for (int from = 0; from < rows.length; from += sequencesPerChunk) {
            int to = Math.min(rows.length, from + sequencesPerChunk);
            int[][] chunk = Arrays.copyOfRange(rows, from, to);
            try (NDManager scope = torch.scope()) {
                NDArray ids = TokenTensors.ids(torch, scope, chunk);
                NDList masks = hiddenMask.size() == 0 ? new NDList() : new NDList(hiddenMask);
                stream.add(torch.tensor(streamOwner, "embed", ids, model.embedding(), masks));
            }
        }
    }

    /** The tensors of a layer, by {@link Slot}, with its factors merged; o and down of a pruned layer come from the caller. */
    NDList layer(NDManager scope, int layer) {
        return LayerTensors.merged(scope, model, new Variant(new NDList(), lora, scale), layer);
    }

    /** The inputs of o_proj or down_proj, computed chunk by chunk whenever they are asked for. */
    interface Inputs {
        /** @param x the stream before the sub-block [T,d]; @return [T,F] */
        NDArray of(NDManager scope, NDArray x);
    }

    /** Inputs of o_proj, [T, H*e]. */
    Inputs attention(NDList layer) {
        return (scope, x) -> torch.tensor(
                scope,
                "attention_output",
                x,
                x.getShape().get(0) / length,
                model.rope(),
                layer,
                model.config().headDim(),
                model.config().normEps());
    }

    /** Inputs of down_proj, [T, I]. */
    Inputs ffn(NDList layer) {
        return (scope, x) ->
                torch.tensor(scope, "ffn_output", x, layer, model.config().normEps());
    }

    /**
     * X^T X over all tokens, float64 [F, F], each token divided by the RMS of the stream after this sub-block.
     *
     * @param name of o_proj or down_proj, whose inputs these are; @param weight its tensor
     * @throws UserError if they are not finite
     */
    NDArray gram(NDManager scope, String name, Inputs inputs, NDArray weight, NDArray bias) {
        long size = weight.getShape().get(1);
        NDArray gram = scope.zeros(new Shape(size, size), DataType.FLOAT64);
        for (NDArray x : stream) {
            try (NDManager step = torch.scope()) {
                NDArray weighted =
                        torch.tensor(step, "weighted_tokens", inputs.of(step, x), x, weight, bias, hiddenMask);
                torch.tensor(step, "gram_add", gram, weighted);
            }
        }
        requireFinite(name, gram, new double[0]);
        return gram;
    }

    /** Before a decomposition that would only say that it failed. */
    private void requireFinite(String name, NDArray gram, double[] moments) {
        if (!torch.isFinite(gram) || !Arrays.stream(moments).allMatch(Double::isFinite)) {
            throw new UserError(
                    "the calibration text gives inputs of " + name + " that are not finite. All weights are,"
                            + " so what the layers before it compute is too large for float32: look at the model with"
                            + " `espalier evaluate` before pruning it");
        }
    }

    /**
     * Of the inputs of o_proj or down_proj.
     *
     * @param gram as {@link #gram}; @param moments sum over tokens of x_j^2 [F], every token as it is
     */
    record Statistics(NDArray gram, double[] moments) {}

    /** Goes past the sub-block, measuring its inputs on the way; parameters and errors as of {@link #gram}. */
    Statistics measuredPast(NDManager scope, String name, Inputs inputs, NDArray weight, NDArray bias) {
        int size = Math.toIntExact(weight.getShape().get(1));
        NDArray gram = scope.zeros(new Shape(size, size), DataType.FLOAT64);
        double[] moments = new double[size];
        move((next, step, x) -> {
            NDArray inner = inputs.of(step, x);
            NDArray weighted = torch.tensor(step, "weighted_tokens", inner, x, weight, bias, hiddenMask);
            torch.tensor(step, "gram_add", gram, weighted);
            float[] part = torch.tensor(step, "second_moments", inner).toFloatArray();
            for (int i = 0; i < size; i++) {
                moments[i] += part[i];
            }
            return torch.tensor(next, "residual", x, inner, weight, bias, hiddenMask);
        });
        requireFinite(name, gram, moments);
        return new Statistics(gram, moments);
    }

    /** Goes past the sub-block: adds inner W^T (and a bias) to the stream. */
    void past(Inputs inputs, NDArray weight, NDArray bias) {
        move((next, step, x) -> torch.tensor(next, "residual", x, inputs.of(step, x), weight, bias, hiddenMask));
    }

    private interface Mover {
        /** @return the stream after the sub-block, owned by {@code next} */
        NDArray moved(NDManager next, NDManager step, NDArray x);
    }

    private void move(Mover mover) {
        NDManager nextOwner = owner.newSubManager();
        NDList next = new NDList();
        for (NDArray x : stream) {
            try (NDManager step = torch.scope()) {
                next.add(mover.moved(nextOwner, step, x));
            }
        }
        streamOwner.close();
        streamOwner = nextOwner;
        stream = next;
    }

    @Override
    public void close() {
        owner.close();
    }
}
