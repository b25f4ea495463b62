package dev.espalier.worker.checkpoint;

/**
 * What one layer's attention does.
 *
 * @param window how many positions each one sees, itself among them; 0 where it sees all before it
 * @param rotation which of the model's rotations turns queries and keys
 */
public record LayerAttention(int window, Rotation rotation) {
    /** Which rotation of {@link LlamaConfig}. */
    public enum Rotation {
        NONE,
        /** {@link LlamaConfig#rope}. */
        MAIN,
        /** {@link Architecture#localRope}. */
        LOCAL
    }
}
