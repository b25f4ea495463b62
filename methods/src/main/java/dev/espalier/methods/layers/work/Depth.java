package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The intact model, layer by layer, with any of its layers left out: the weights are shared. Some down_proj may have been
 * fitted anew.
 */
final class Depth {
    /** Tokens that are in a layer at a time. */
    private static final int CHUNK_TOKENS = 2048;

    /** Tokens whose logits are held at a time. */
    private static final int LOGITS = 128;

    private final Decoder model;
    private final Torch torch;
    private final Map<Integer, NDArray> down = new HashMap<>();

    Depth(Decoder model) {
        this.model = model;
        this.torch = model.torch();
    }

    Torch torch() {
        return torch;
    }

    int layers() {
        return model.config().layers().size();
    }

    /** down_proj of a layer [d,F], as it is now. */
    NDArray down(int layer) {
        return down.getOrDefault(layer, model.weights().get(Slot.DOWN.at(layer)));
    }

    /** @param weight [d,F], which must live as long as this is asked for anything */
    void replaceDown(int layer, NDArray weight) {
        down.put(layer, weight);
    }

    /** All layers but those that are gone. */
    int[] kept(Collection<Integer> gone) {
        return IntStream.range(0, layers())
                .filter(layer -> !gone.contains(layer))
                .toArray();
    }

    /** Tensors of these layers, in kernel order. */
    NDList weights(int... some) {
        NDList weights = new NDList();
        for (int layer : some) {
            NDList tensors =
                    new NDList(model.weights().subList(Slot.NORM1.at(layer), Slot.NORM1.at(layer) + Slot.STRIDE));
            Slot.DOWN.set(tensors, down(layer));
            weights.addAll(tensors);
        }
        return weights;
    }

    /** A decoder of these layers alone; closing it leaves the weights. */
    Decoder decoder(int[] kept) {
        NDList tensors = new NDList(model.embedding(), model.norm(), model.head());
        tensors.addAll(weights(kept));
        return Decoder.of(torch, torch.scope(), model.config().keeping(kept), tensors, model.positions(), false);
    }

    /** @return rows in pieces that are computed at a time */
    static List<int[][]> chunks(int[][] rows) {
        List<int[][]> chunks = new ArrayList<>();
        int sequences = rows.length == 0 ? 1 : Math.max(1, CHUNK_TOKENS / rows[0].length);
        for (int from = 0; from < rows.length; from += sequences) {
            chunks.add(Arrays.copyOfRange(rows, from, Math.min(rows.length, from + sequences)));
        }
        return chunks;
    }

    /** What streams into the first layer [T,d]. */
    NDArray embedded(NDManager scope, int[][] rows) {
        return torch.tensor(scope, "embed", TokenTensors.ids(torch, scope, rows), model.embedding(), new NDList());
    }

    /** What streams out of these layers [T,d]. @param sequences B */
    NDArray run(NDManager scope, NDArray stream, long sequences, int... some) {
        return torch.tensor(
                scope,
                "through_layers",
                stream,
                sequences,
                model.rope(),
                weights(some),
                model.config().headDim(),
                model.config().normEps());
    }

    /** Within a layer: [stream after its attention [T,d], input of its down_proj [T,F]]. */
    NDList inner(NDManager scope, NDArray stream, long sequences, int layer) {
        return torch.call(
                scope,
                "depth_inner",
                stream,
                sequences,
                model.rope(),
                weights(layer),
                model.config().headDim(),
                model.config().normEps());
    }

    /**
     * What a layer's down_proj gives, and what is missing to a stream beside that, each [T,d].
     *
     * @param inner what {@link #inner} gave
     */
    NDList missing(NDManager scope, int layer, NDArray target, NDList inner) {
        NDArray traits = model.weights().get(Slot.TRAITS.at(layer));
        return torch.call(scope, "depth_missing", target, inner.get(0), inner.get(1), down(layer), traits);
    }

    /** Sum of the negative log-likelihoods of rows' next tokens, nats, if these layers follow. @param stream of the rows */
    double nll(NDManager scope, NDArray stream, int[][] rows, int... following) {
        NDArray nll = torch.tensor(
                scope,
                "depth_nll",
                stream,
                (long) rows.length,
                model.rope(),
                weights(following),
                model.norm(),
                model.head(),
                TokenTensors.nextTokens(torch, scope, rows),
                model.config().headDim(),
                model.config().normEps(),
                LOGITS,
                model.config().architecture().logitCap());
        double sum = 0;
        for (float token : nll.toFloatArray()) {
            sum += token;
        }
        return sum;
    }

    /** Mean loss a predicted token, nats, of the model of these layers. */
    double loss(int[][] rows, int[] kept) {
        double sum = 0;
        for (int[][] chunk : chunks(rows)) {
            try (NDManager scope = torch.scope()) {
                sum += nll(scope, embedded(scope, chunk), chunk, kept);
            }
        }
        return sum / predicted(rows);
    }

    /** Tokens that are predicted. */
    static long predicted(int[][] rows) {
        return Arrays.stream(rows).mapToLong(row -> row.length - 1L).sum();
    }
}
