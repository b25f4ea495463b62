package dev.espalier.methods.masked;

/** What both sides call the legs of methods that learn from masks, and what is read in them. */
public final class MaskLegs {
    /** The version that learning begins with is made. */
    public static final String START = "start";

    /** Losses of masks are measured, and learnt from. */
    public static final String LEARN = "learn";

    /** The smaller model is made. */
    public static final String CUT = "cut";

    private MaskLegs() {}
}
