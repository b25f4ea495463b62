package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A whole text file as one string. */
public final class TextFile {
    private static final long MAX_BYTES = 1L << 30;

    private TextFile() {}

    /** @throws UserError if the file is missing, not UTF-8, or larger than 1 GiB */
    public static String read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserError("The text file " + file.toAbsolutePath() + " does not exist.");
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new UserError(file + " is larger than 1 GiB and would be one text. Split it, or make it a .jsonl"
                        + " file with one document a line.");
            }
            return decode(ByteBuffer.wrap(Files.readAllBytes(file)), file.toString());
        } catch (IOException e) {
            throw new UserError("Cannot read " + file + ": " + e.getMessage() + ".", e);
        }
    }

    /** @throws UserError if the bytes are not UTF-8, naming where they come from */
    static String decode(ByteBuffer bytes, String where) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes)
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UserError(where + " is not UTF-8 text. Convert it to UTF-8 first.", e);
        }
    }
}
