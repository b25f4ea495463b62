package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.NativeHeap;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Calibration text on its way through the layers, one sub-block at a time, so that each is measured, pruned and
 * re-fitted on what the ones before it really give (docs/methods/closed-form.md: errors must not pile up). Holds the
 * residual stream of all calibration tokens: T * d floats.
 */
public final class LayerWalk implements AutoCloseable {
    private static final int CHUNK_TOKENS = 2048;

    private final Decoder model;
    private final Torch torch;
    private final NDManager owner;
    private final NDArray hiddenMask;
    private final NDList lora;
    private final double scale;
    private final Statistic.Text text;
    private NDManager streamOwner;
    private NDList stream;

    /**
     * @param rows calibration sequences of one length; none for a walk that measures nothing
     * @param hiddenMask [d] values of the hidden channels, or an empty tensor
     * @param lora factors to be folded into each layer; empty list for none
     */
    public LayerWalk(Decoder model, int[][] rows, NDArray hiddenMask, NDList lora, double scale) {
        this.model = model;
        this.torch = model.torch();
        this.owner = torch.scope();
        this.hiddenMask = hiddenMask;
        this.lora = lora;
        this.scale = scale;
        this.text = new Statistic.Text(rows.length, rows.length == 0 ? 1 : rows[0].length);
        int sequencesPerChunk = Math.max(1, CHUNK_TOKENS / text.length());
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

    /**
     * The tensors of a layer, by {@link Slot}, with its factors folded in; o and down of a pruned layer come from the caller.
     * The pages that the layer before has left are given back first: the stream lies between them, and what is as large as a
     * Gram matrix would not go where others of its size were.
     */
    public NDList layer(NDManager scope, int layer) {
        NativeHeap.giveBack();
        return LayerTensors.folded(scope, model, new Variant(new NDList(), lora, scale), layer);
    }

    /**
     * A sub-block's inputs of o_proj or down_proj, computed chunk by chunk whenever they are asked for, and what becomes of
     * that projection's output.
     */
    public final class Inputs {
        private final BiFunction<NDManager, NDArray, NDArray> inputs;
        private final NDArray norm;
        private final NDArray traits;

        private Inputs(BiFunction<NDManager, NDArray, NDArray> inputs, NDArray norm, NDArray traits) {
            this.inputs = inputs;
            this.norm = norm;
            this.traits = traits;
        }

        /** @param x the stream before the sub-block [T,d]; @return [T,F] */
        public NDArray of(NDManager scope, NDArray x) {
            return inputs.apply(scope, x);
        }

        /** {@link Statistic.Tokens#gain}. */
        private NDArray gain(NDManager scope, NDArray inner, NDArray weight, NDArray bias) {
            return norm.size() == 0 ? norm : torch.tensor(scope, "error_gain", inner, weight, bias, hiddenMask, norm);
        }

        /** The stream after the sub-block [T,d]. @param scope owns it */
        private NDArray after(NDManager scope, NDArray x, NDArray inner, NDArray weight, NDArray bias) {
            double eps = model.config().normEps();
            return torch.tensor(scope, "residual", x, inner, weight, bias, hiddenMask, norm, traits, eps);
        }
    }

    /** Inputs of o_proj, [T, H*e]. */
    public Inputs attention(NDList layer) {
        return new Inputs(
                (scope, x) -> torch.tensor(
                        scope,
                        "attention_output",
                        x,
                        sequences(x),
                        model.rope(),
                        layer,
                        model.config().headDim(),
                        model.config().normEps()),
                Slot.ATTENTION_NORM.of(layer),
                Slot.TRAITS.of(layer));
    }

    /** Inputs of down_proj, [T, I]. */
    public Inputs ffn(NDList layer) {
        return new Inputs(
                (scope, x) -> torch.tensor(
                        scope, "ffn_output", x, layer, model.config().normEps()),
                Slot.FFN_NORM.of(layer),
                Slot.TRAITS.of(layer));
    }

    /**
     * What {@code wanted} finds out about all tokens at a sub-block, which they do not pass.
     *
     * @param name of o_proj or down_proj, whose inputs these are; @param weight its tensor; @param bias its bias or an
     *     empty tensor
     * @throws UserError if one is not finite
     */
    public Map<Statistic, NDArray> measured(
            NDManager scope,
            String name,
            Inputs inputs,
            NDArray weight,
            NDArray bias,
            Collection<? extends Statistic> wanted) {
        Map<Statistic, NDArray> found = none(scope, weight, wanted);
        int first = 0;
        for (NDArray x : stream) {
            try (NDManager step = torch.scope()) {
                NDArray inner = inputs.of(step, x);
                NDArray after = inputs.after(step, x, inner, weight, bias);
                NDArray gain = inputs.gain(step, inner, weight, bias);
                add(step, found, new Statistic.Tokens(x, inner, after, gain, text, first));
            }
            first += sequences(x);
        }
        requireFinite(name, found);
        return found;
    }

    /** {@link #measured}, going past the sub-block. */
    Map<Statistic, NDArray> measuredPast(
            NDManager scope,
            String name,
            Inputs inputs,
            NDArray weight,
            NDArray bias,
            Collection<? extends Statistic> wanted) {
        Map<Statistic, NDArray> found = none(scope, weight, wanted);
        int[] first = {0};
        move((next, step, x) -> {
            NDArray inner = inputs.of(step, x);
            NDArray after = inputs.after(next, x, inner, weight, bias);
            NDArray gain = inputs.gain(step, inner, weight, bias);
            add(step, found, new Statistic.Tokens(x, inner, after, gain, text, first[0]));
            first[0] += sequences(x);
            return after;
        });
        requireFinite(name, found);
        return found;
    }

    private int sequences(NDArray x) {
        return Math.toIntExact(x.getShape().get(0) / text.length());
    }

    private Map<Statistic, NDArray> none(NDManager scope, NDArray weight, Collection<? extends Statistic> wanted) {
        Map<Statistic, NDArray> found = new LinkedHashMap<>();
        int inputs = Math.toIntExact(weight.getShape().get(1));
        wanted.forEach(statistic -> found.put(statistic, statistic.start(scope, inputs, text)));
        return found;
    }

    private void add(NDManager step, Map<Statistic, NDArray> found, Statistic.Tokens tokens) {
        found.forEach((statistic, sum) -> statistic.add(torch, step, sum, tokens));
    }

    /** Before a decomposition that would only say that it failed. */
    private void requireFinite(String name, Map<Statistic, NDArray> found) {
        if (!found.values().stream().allMatch(torch::isFinite)) {
            throw new UserError(
                    "the calibration text gives inputs of " + name + " that are not finite. All weights are,"
                            + " so what the layers before it compute is too large for float32: look at the model with"
                            + " `espalier evaluate` before pruning it");
        }
    }

    /** Goes past the sub-block: adds inner W^T (and a bias) to the stream. */
    public void past(Inputs inputs, NDArray weight, NDArray bias) {
        move((next, step, x) -> inputs.after(next, x, inputs.of(step, x), weight, bias));
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
