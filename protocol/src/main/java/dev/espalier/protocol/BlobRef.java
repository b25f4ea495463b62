package dev.espalier.protocol;

/**
 * A content-addressed file: messages carry this, never the bytes.
 *
 * @param sha256 64 lower-case hexadecimal digits
 * @param bytes the file's length
 */
public record BlobRef(String sha256, long bytes) {
    public BlobRef {
        if (!isHash(sha256)) {
            throw new IllegalArgumentException("not a SHA-256 in hexadecimal: \"" + sha256 + "\"");
        }
        if (bytes < 0) {
            throw new IllegalArgumentException("negative blob length: " + bytes);
        }
    }

    /** Whether text from outside may be a blob's hash. */
    public static boolean isHash(String text) {
        return text.matches("[0-9a-f]{64}");
    }
}
