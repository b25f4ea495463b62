package dev.espalier.worker.model;

/** Of which of the model's own weights a step has gradients, beside those of what is laid over it. */
public enum Gradients {
    NONE,
    /** All but the embedding and the head, whose products with a vocabulary are then spared. */
    LAYERS,
    ALL
}
