package dev.espalier.methods.closedform;

/**
 * The legs of the closed form, which both sides know.
 */
public final class ClosedForm {
    /** By the square of what a sub-block gives less. */
    public static final String OBS = "obs";

    /** By what the loss minds of it. */
    public static final String KFAC = "kfac";

    /** What thinning each sub-block does is measured. */
    public static final String CURVES = "curves";

    /** The smaller model is made. */
    public static final String SHOT = "shot";

    private ClosedForm() {}
}
