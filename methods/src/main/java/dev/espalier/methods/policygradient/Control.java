package dev.espalier.methods.policygradient;

/** What a mask's loss is held against, so that hard text does not count against the mask (docs/methods/policy-gradient.md). */
public enum Control {
    /** The other masks' losses on the same sequence. */
    SIBLINGS,
    /** The intact model's loss on the same sequence, then the mean of all others of the step. */
    INTACT
}
