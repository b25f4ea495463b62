package dev.espalier.methods.layers;

/** What makes up for layers that are gone, in the down_proj before them (docs/methods/layers.md). */
public enum Repairing {
    /** Whichever of the others has the least loss on text that it was not computed from. */
    AUTO,
    NONE,
    /** A linear map of the FFN's output. */
    TRANSFORM,
    /** The weight, fitted anew on its own inputs. */
    REFIT
}
