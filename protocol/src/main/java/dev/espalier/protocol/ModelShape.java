package dev.espalier.protocol;

/**
 * How large a decoder is whose layers are alike.
 *
 * @param hidden channels of the residual stream
 * @param heads query heads of a layer; {@code kvHeads} key and value heads
 * @param headDim channels of a head
 * @param intermediate FFN channels of a layer
 */
public record ModelShape(int layers, int hidden, int heads, int kvHeads, int headDim, int intermediate) {
    /** Weights of attention and FFN: what sparsity is a share of. */
    public long prunable() {
        return (long) layers * hidden * (2L * headDim * (heads + kvHeads) + 3L * intermediate);
    }

    @Override
    public String toString() {
        return layers + " layers of hidden size " + hidden + " with " + heads + " query heads, " + kvHeads
                + " KV heads and " + intermediate + " FFN channels";
    }
}
