package dev.espalier.protocol.config;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which documents of a text are meant: all, or one side of a cut that follows from each document's own words, so that it is
 * the same wherever the document stands, and however often.
 *
 * @param share of the documents that is held out, from 0
 * @param heldOut whether these are meant, or the others
 */
public record DocumentPart(double share, boolean heldOut) {
    public static final DocumentPart ALL = new DocumentPart(0, false);

    private static final double RANGE = 0x1p63;

    public boolean holds(String document) {
        return share == 0 ? !heldOut : (place(document) < share) == heldOut;
    }

    /** From 0 to 1, the same for the same text: the first 63 bits of its SHA-256. */
    private static double place(String document) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(document.getBytes(StandardCharsets.UTF_8));
            return (ByteBuffer.wrap(hash).getLong() >>> 1) / RANGE;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** In a few words, which also names a text's tokens; empty for all. */
    public String word() {
        return equals(ALL) ? "" : share + (heldOut ? " of the documents" : " of the documents held out");
    }
}
