package dev.espalier.protocol.config;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the texts of one configuration may have together, however they include each other; judged before they are parsed. */
final class Allowance {
    /** Twice the longest configuration with all its defaults. */
    static final int MOST_BYTES = 256 * 1024;

    /** Each key, section and element has a sign of its own. The library's parser takes the square of their number. */
    static final int MOST_SIGNS = 2_500;

    private static final int MOST_INCLUDES = 64;

    private int includes;
    private long bytes;
    private long signs;

    /** @throws UserError if it is no configuration file by its size or kind */
    void file(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new UserError(file + " is no plain file");
            }
            if (Files.size(file) > MOST_BYTES) {
                throw new UserError(
                        file + " is larger than " + MOST_BYTES + " bytes and so no configuration file: check the path");
            }
            text(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UserError("configuration file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** As {@link #file}, for a file that another names. */
    void include(Path file) {
        if (++includes > MOST_INCLUDES) {
            throw new UserError("include of " + file + ": a configuration may include " + MOST_INCLUDES + " files");
        }
        file(file);
    }

    /** @throws UserError if there is too much of it */
    void text(String source, String text) {
        bytes += text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MOST_BYTES) {
            throw new UserError(source + ": a configuration must not be longer than " + MOST_BYTES + " bytes");
        }
        signs += text.chars().filter(c -> c == '=' || c == ':' || c == '{').count();
        if (signs > MOST_SIGNS) {
            throw new UserError(source + ": a configuration must not have more than " + MOST_SIGNS
                    + " keys and sections: name many files with one pattern, such as \"corpus/*.jsonl\"");
        }
    }
}
