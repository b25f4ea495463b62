package dev.espalier.worker.masks;

/** Kinds of units that masks switch off. */
public enum Structure {
    /** Channels of the residual stream, shared by all layers. */
    HIDDEN,
    /** Whole layers. */
    LAYERS,
    /** The two sub-blocks of a layer: its attention, its FFN. */
    BLOCKS,
    /** Query heads of a layer, or its KV groups. */
    HEADS,
    /** Channels of a layer's FFN. */
    FFN
}
