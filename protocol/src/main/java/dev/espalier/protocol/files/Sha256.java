package dev.espalier.protocol.files;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files, streamed: a file of any size costs one buffer. */
public final class Sha256 {
    private Sha256() {}

    /** @return 64 lower-case hexadecimal digits */
    public static String of(Path file) throws IOException {
        try (HashingReader reader = HashingReader.open(file)) {
            return reader.sha256();
        }
    }

    /** @return 64 lower-case hexadecimal digits */
    public static String of(byte[] bytes) {
        return HexFormat.of().formatHex(digest().digest(bytes));
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
