package dev.espalier.worker.data.files;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A whole text file, compressed or not, as one string; a byte order mark at its beginning is not part of the text.
 */
public final class TextFile {
    private static final int MAX_BYTES = 1 << 30;

    private TextFile() {}

    /** @throws UserError if the file is missing, not UTF-8, or larger than 1 GiB */
    public static String read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserError("The text file " + file.toAbsolutePath() + " does not exist.");
        }
        try (InputStream in = Unpacked.open(file)) {
            byte[] bytes = Files.size(file) > MAX_BYTES ? null : in.readNBytes(MAX_BYTES + 1);
            if (bytes == null || bytes.length > MAX_BYTES) {
                throw new UserError(file + " is larger than 1 GiB and would be one text. Split it, or make it a .jsonl"
                        + " file with one document a line.");
            }
            return withoutMark(decode(ByteBuffer.wrap(bytes), file.toString()));
        } catch (IOException e) {
            throw new UserError("Cannot read " + file + ": " + e.getMessage() + ".", e);
        }
    }

    /** The beginning of a file without its byte order mark, if it has one. */
    static String withoutMark(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** The first so many characters, one less where they would end within a surrogate pair. */
    public static String beginning(String text, long characters) {
        if (characters >= text.length()) {
            return text;
        }
        int end = (int) characters;
        return text.substring(0, end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
    }

    /**
     * Text from a JSON string, where halves of surrogate pairs can be escaped: each becomes U+FFFD, since a tokenizer given
     * one would take every character beyond the basic plane for rubbish.
     */
    public static String wellFormed(String text) {
        StringBuilder mended = null;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            // a code point that is a surrogate is one without its other half
            if (Character.isSurrogate(text.charAt(i)) && !Character.isSupplementaryCodePoint(text.codePointAt(i))) {
                mended = mended == null ? new StringBuilder(text) : mended;
                mended.setCharAt(i, '\uFFFD');
            }
        }
        return mended == null ? text : mended.toString();
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
