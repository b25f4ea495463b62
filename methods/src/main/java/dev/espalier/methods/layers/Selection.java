package dev.espalier.methods.layers;

/** How it is chosen which layers go (docs/methods/layers.md). */
public enum Selection {
    /** Round after round the layer without which, and without those chosen before, the loss is least. */
    GREEDY,
    /** Those without which, one at a time, the loss is least. */
    PERPLEXITY,
    /** Those that turn the residual stream least. */
    BLOCK_INFLUENCE,
    /** Neighbours that together turn it least. */
    ANGULAR,
    /** Those with which the loss is expected to lose least, by its gradients. */
    TAYLOR,
    /** Those whose weights are smallest. */
    MAGNITUDE,
    /** The last ones. */
    PREFIX;

    /** Whether losses are measured in pieces of work. */
    public boolean measuresLosses() {
        return this == GREEDY || this == PERPLEXITY;
    }
}
