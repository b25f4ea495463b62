package dev.espalier.cli.demo;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into the words that merges never cross, as the Hugging Face pre-tokenizers {@code Digits(individual)} and
 * {@code ByteLevel(add_prefix_space = false, use_regex = true)} do one after the other, and writes bytes as the
 * printable characters of GPT-2's byte alphabet.
 */
final class PreTokenizer {
    private static final Pattern DIGIT_OR_REST = Pattern.compile("\\p{N}|\\P{N}+");

    /** GPT-2's pattern (openai/gpt-2, encoder.py). */
    private static final Pattern WORD = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private static final char[] ALPHABET = alphabet();

    private PreTokenizer() {}

    /** Hands on each word, in the byte alphabet. */
    static void words(String text, Consumer<String> word) {
        Matcher piece = DIGIT_OR_REST.matcher(text);
        while (piece.find()) {
            Matcher found = WORD.matcher(piece.group());
            while (found.find()) {
                word.accept(inByteAlphabet(found.group()));
            }
        }
    }

    /** The character that stands for a byte, by the byte's value. */
    static char character(int unsignedByte) {
        return ALPHABET[unsignedByte];
    }

    private static String inByteAlphabet(String text) {
        StringBuilder result = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            result.append(ALPHABET[b & 0xff]);
        }
        return result.toString();
    }

    /** Printable Latin-1 characters stand for themselves, all other bytes for U+0100 and up, in order. */
    private static char[] alphabet() {
        char[] alphabet = new char[256];
        char next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
            alphabet[b] = printable ? (char) b : next++;
        }
        return alphabet;
    }
}
