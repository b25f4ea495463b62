package dev.espalier.methods.sheared;

/** What is trained beside the gates ({@code prune.sheared.train}). */
public enum Trained {
    ALL_WEIGHTS,
    /** All weights but those of the embedding and the head. */
    LAYERS,
    LORA,
    /** The gates alone. */
    NOTHING;

    /** Whether the model's own weights change. */
    public boolean ofWeights() {
        return this == ALL_WEIGHTS || this == LAYERS;
    }
}
