package dev.espalier.methods.policygradient;

/** What is learnt to be little under a mask (docs/methods/policy-gradient.md). */
public enum Reward {
    /** Cross-entropy of the text's next tokens. */
    LOSS,
    /** KL divergence of what the model says next under the mask from what the intact model says. */
    KL
}
