package dev.espalier.worker.layout;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The fewest heads that hold those of every layer, for formats in which all layers have as many query heads. Their number
 * divides the hidden size, which transformers demands of every config.json.
 *
 * @param queryHeads of each layer
 * @param kvHeads of each layer, in the order of those that were given
 */
record WholeHeads(int queryHeads, List<Integer> kvHeads) {
    /**
     * Times the heads that are needed. Twice as many KV heads of twice as many query heads each are within it, so that a power of two
     * is always found; more zeros than that would make a large model of a small one.
     */
    private static final int MOST = 4;

    /**
     * @param layers which shall have heads
     * @param alike whether they must have as many KV heads, too
     * @throws UserError if no divisor of the hidden size is large enough and not absurdly larger
     */
    static WholeHeads of(LlamaConfig config, List<LayerShape> layers, boolean alike) {
        int least = IntStream.iterate(1, heads -> heads + 1)
                .filter(heads -> of(heads, layers, alike).isPresent())
                .findFirst()
                .orElseThrow();
        return IntStream.rangeClosed(least, MOST * least)
                .filter(heads -> config.hiddenSize() % heads == 0)
                .mapToObj(heads -> of(heads, layers, alike))
                .flatMap(Optional::stream)
                .min(Comparator.comparingLong(WholeHeads::size))
                .orElseThrow(() -> new UserError("the layers' heads need " + least + " places, and no number from "
                        + least + " to " + MOST * least + " that holds them divides the hidden size "
                        + config.hiddenSize()
                        + ", which transformers demands of every model: leave heads, or hidden, out of"
                        + " prune.granularity, or take hf-padded and nemotron-nas out of the formats"));
    }

    private static Optional<WholeHeads> of(int heads, List<LayerShape> layers, boolean alike) {
        if (alike) {
            return IntStream.rangeClosed(1, heads)
                    .filter(kv -> layers.stream().allMatch(layer -> fits(heads, kv, layer)))
                    .mapToObj(kv -> new WholeHeads(
                            heads, layers.stream().map(layer -> kv).toList()))
                    .findFirst();
        }
        List<Integer> kvs = layers.stream().map(layer -> kvHeads(heads, layer)).toList();
        return kvs.contains(0) ? Optional.empty() : Optional.of(new WholeHeads(heads, kvs));
    }

    /** The fewest that share the heads out evenly and hold the layer's; 0: none do. */
    private static int kvHeads(int heads, LayerShape layer) {
        return IntStream.rangeClosed(1, heads)
                .filter(kv -> fits(heads, kv, layer))
                .findFirst()
                .orElse(0);
    }

    private static boolean fits(int heads, int kv, LayerShape layer) {
        return heads % kv == 0 && kv >= layer.kvHeads() && heads / kv >= Placement.widestGroup(layer);
    }

    /** Rows of q and o, and of k and v, of all layers together, in heads. */
    private long size() {
        return (long) kvHeads.size() * queryHeads
                + kvHeads.stream().mapToLong(Integer::longValue).sum();
    }
}
