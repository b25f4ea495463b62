package dev.espalier.worker.checkpoint;

import java.util.Arrays;
import java.util.List;

/**
 * What differs from LLaMA in a model. Nothing else asks for its family: kernels, pruning, loading and export read this.
 *
 * @param queryKeyNorm norms of queries and keys before they are turned
 * @param norms where the norms over hidden channels stand
 * @param fused whether q, k and v are stored as one tensor, and gate and up as another
 * @param normOffset what is added to the stored weights of all norms
 * @param gelu whether the FFN's activation is GELU (its tanh form), not SiLU
 * @param embeddingScale what the embedding's rows are multiplied by
 * @param embeddingByWidth whether that is the root of the hidden size, which stock loaders compute anew for another size
 * @param residualScale what each sub-block's output is multiplied by before it is added to the stream
 * @param scoreScale what attention scores are multiplied by, or 0 for the inverse root of the head size
 * @param scoreCap within what of 0 scores are kept, as cap tanh(score / cap); 0 for no cap
 * @param logitScale what logits are divided by
 * @param logitCap the same for logits
 * @param localRope a second rotation, or null
 * @param layers one for each layer
 */
public record Architecture(
        QueryKeyNorm queryKeyNorm,
        Norms norms,
        boolean fused,
        double normOffset,
        boolean gelu,
        double embeddingScale,
        boolean embeddingByWidth,
        double residualScale,
        double scoreScale,
        double scoreCap,
        double logitScale,
        double logitCap,
        Rope localRope,
        List<LayerAttention> layers) {

    /** Over what queries and keys are normed. */
    public enum QueryKeyNorm {
        NONE,
        /** Each head's channels, with one weight for all heads. */
        HEAD,
        /** All heads' channels together, so that each head depends on the others. */
        ALL
    }

    /** Where the norms over hidden channels stand. */
    public enum Norms {
        BEFORE,
        AFTER,
        AROUND;

        public boolean before() {
            return this != AFTER;
        }

        public boolean after() {
            return this != BEFORE;
        }
    }

    public Architecture {
        layers = List.copyOf(layers);
    }

    /** Whether sub-blocks' outputs are normed before they are added to the stream. */
    public boolean normsOutputs() {
        return norms.after();
    }

    Architecture keeping(int[] kept) {
        return withLayers(Arrays.stream(kept).mapToObj(layers::get).toList());
    }

    /** The same for the first layers alone. */
    Architecture first(int count) {
        return withLayers(layers.subList(0, count));
    }

    private Architecture withLayers(List<LayerAttention> some) {
        return new Architecture(
                queryKeyNorm,
                norms,
                fused,
                normOffset,
                gelu,
                embeddingScale,
                embeddingByWidth,
                residualScale,
                scoreScale,
                scoreCap,
                logitScale,
                logitCap,
                localRope,
                some);
    }
}
