package dev.espalier.protocol;

/** How an attempt at an assignment ended without a result that counts. */
public enum AttemptEnd {
    /** The worker said so. */
    FAILED,
    /** The worker is gone, or stands still. */
    LOST,
    /** Given back or taken back: nobody's fault. */
    RETURNED,
    /** Too many versions were made since its base. */
    STALE
}
