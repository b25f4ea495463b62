package dev.espalier.methods.policygradient;

/** What a mask's loss is held against, so that hard text does not count against the mask (docs/methods/policy-gradient.md). */
public enum Control {
    /** The other masks' losses on the same sequence; masks are drawn independently. */
    SIBLINGS,
    /** The intact model's loss on the same sequence, then the mean of all others of the step; masks are drawn independently. */
    INTACT,
    /** The loss of the mask's opposite on the same sequence: masks come in pairs that differ in as many units as they can. */
    ANTITHETIC
}
