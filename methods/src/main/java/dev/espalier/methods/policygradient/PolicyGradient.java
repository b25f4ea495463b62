package dev.espalier.methods.policygradient;

/** What both sides call its legs, and what is read in them. */
public final class PolicyGradient {
    /** The distribution that learning begins with is made. */
    public static final String START = "start";

    /** Losses of masks are measured, and the distribution learns from them. */
    public static final String LEARN = "learn";

    /** The smaller model is made. */
    public static final String CUT = "cut";

    private PolicyGradient() {}
}
