package dev.espalier.worker.data.files;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole text file, compressed or not, as one string; a byte order mark at its beginning is not part of the text.
 */
public final class TextFile {
    private static final int MAX_BYTES = 1 << 30;

    /** Bytes that are decoded at a time. */
    private static final int PIECE = 1 << 20;

    private static final char LAST_OF_LATIN1 = 0xFF;

    private TextFile() {}

    /** @throws UserError if the file is missing, not UTF-8, or larger than 1 GiB or than the heap holds */
    public static String read(Path file) {
        return read(file, Runtime.getRuntime().maxMemory());
    }

    /** @param heap bytes that texts may take */
    static String read(Path file, long heap) {
        if (!Files.isRegularFile(file)) {
            throw new UserError("The text file " + file.toAbsolutePath() + " does not exist.");
        }
        try (InputStream in = Unpacked.open(file)) {
            if (Files.size(file) > MAX_BYTES) {
                throw tooLarge(file);
            }
            return read(in, file, heap);
        } catch (IOException e) {
            throw new UserError("Cannot read " + file + ": " + e.getMessage() + ".", e);
        } catch (OutOfMemoryError e) {
            // Others have their share of the heap; what was read of this file is garbage now.
            throw new UserError(beyondHeap(file, "", heap), e);
        }
    }

    /** Decoded in pieces, which are kept in as few bytes as their letters take: all of it is held twice at most. */
    private static String read(InputStream in, Path file, long heap) throws IOException {
        CharsetDecoder decoder = strict();
        ByteBuffer bytes = ByteBuffer.allocate(PIECE);
        CharBuffer letters = CharBuffer.allocate(PIECE);
        List<String> pieces = new ArrayList<>();
        long read = 0;
        long held = 0;
        long length = 0;
        boolean wide = false;
        boolean ended = false;
        while (!ended) {
            int wanted = bytes.remaining();
            int count = in.readNBytes(bytes.array(), bytes.position(), wanted);
            ended = count < wanted;
            read += count;
            if (read > MAX_BYTES) {
                throw tooLarge(file);
            }
            bytes.position(bytes.position() + count).flip();
            if (decoder.decode(bytes, letters, ended).isError()) {
                throw new UserError(notUtf8(file.toString()));
            }
            bytes.compact();
            String piece = letters.flip().toString();
            letters.clear();
            pieces.add(pieces.isEmpty() ? withoutMark(piece) : piece);
            boolean pieceIsWide = isWide(piece);
            wide |= pieceIsWide;
            held += pieceIsWide ? 2L * piece.length() : piece.length();
            length += piece.length();
            long whole = wide ? 2 * length : length;
            if (held + whole > heap) {
                throw new UserError(beyondHeap(
                        file,
                        ": the first " + (read >> 20) + " MiB of it take " + ((held + whole) >> 20) + " MiB",
                        heap));
            }
        }
        return String.join("", pieces);
    }

    /** Whether Java keeps two bytes for each letter, not one. */
    private static boolean isWide(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > LAST_OF_LATIN1) {
                return true;
            }
        }
        return false;
    }

    private static UserError tooLarge(Path file) {
        return new UserError(file + " is larger than 1 GiB and would be one text. Split it, or make it a .jsonl"
                + " file with one document a line.");
    }

    private static String beyondHeap(Path file, String need, long heap) {
        return file + " would be one text, which the Java heap of " + (heap >> 20) + " MiB cannot hold" + need
                + ". Raise ESPALIER_HEAP, split the file, or make it a .jsonl file with one document a line.";
    }

    private static String notUtf8(String where) {
        return where + " is not UTF-8 text. Convert it to UTF-8 first.";
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
            return strict().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new UserError(notUtf8(where), e);
        }
    }

    private static CharsetDecoder strict() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }
}
