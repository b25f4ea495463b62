package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.LayerTensors;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

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

    /** The tensors of a layer, by {@link Slot}, with its factors folded in; o and down of a pruned layer come from the caller. */
    public NDList layer(NDManager scope, int layer) {
        return LayerTensors.folded(scope, model, new Variant(new NDList(), lora, scale), layer);
    }

    /** The inputs of o_proj or down_proj, computed chunk by chunk whenever they are asked for. */
    public interface Inputs {
        /** @param x the stream before the sub-block [T,d]; @return [T,F] */
        NDArray of(NDManager scope, NDArray x);
    }

    /** Inputs of o_proj, [T, H*e]. */
    public Inputs attention(NDList layer) {
        return (scope, x) -> torch.tensor(
                scope,
                "attention_output",
                x,
                sequences(x),
                model.rope(),
                layer,
                model.config().headDim(),
                model.config().normEps());
    }

    /** Inputs of down_proj, [T, I]. */
    public Inputs ffn(NDList layer) {
        return (scope, x) ->
                torch.tensor(scope, "ffn_output", x, layer, model.config().normEps());
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
                add(step, found, first, x, inner, torch.tensor(step, "residual", x, inner, weight, bias, hiddenMask));
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
            NDArray after = torch.tensor(next, "residual", x, inner, weight, bias, hiddenMask);
            add(step, found, first[0], x, inner, after);
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

    private void add(
            NDManager step, Map<Statistic, NDArray> found, int first, NDArray x, NDArray inner, NDArray after) {
        Statistic.Tokens tokens = new Statistic.Tokens(x, inner, after, text, first);
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
