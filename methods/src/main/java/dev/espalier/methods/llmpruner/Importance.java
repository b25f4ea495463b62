package dev.espalier.methods.llmpruner;

/** How the weights w of a unit in one matrix count, with gradients g and mean squares F of those of single sequences. */
public enum Importance {
    /** |sum of w g|: what the loss loses to first order if all go together. */
    VECTOR,
    /** sum of |w g| */
    ELEMENT1,
    /** sum of |w^2 F| */
    ELEMENT2,
    /** sum of |w g - w^2 F / 2| */
    MIXED
}
