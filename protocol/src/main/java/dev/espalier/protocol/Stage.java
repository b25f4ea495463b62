package dev.espalier.protocol;

import java.util.Locale;

/** The stages of a run, in their natural order. */
public enum Stage {
    CALIBRATE,
    PRUNE,
    RECOVER,
    EXPORT,
    EVALUATE;

    /** The word used in configuration, manifest, metrics and on the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
