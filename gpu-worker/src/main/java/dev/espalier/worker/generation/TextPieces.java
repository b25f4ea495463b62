package dev.espalier.worker.generation;

import dev.espalier.worker.checkpoint.Tokenizer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The text that follows a prompt, passed on as its tokens come. Prompt and continuation are decoded together: alone, a
 * continuation would lose the space that it begins with to tokenizers which put one before every text.
 */
final class TextPieces {
    private final Tokenizer tokenizer;
    private final Consumer<String> text;
    private int[] ids;
    private int told;

    /** @param text receives pieces that end at character boundaries */
    TextPieces(Tokenizer tokenizer, int[] prompt, Consumer<String> text) {
        this.tokenizer = tokenizer;
        this.text = text;
        this.ids = prompt;
        this.told = tokenizer.decode(prompt).length();
    }

    /** Passes on what is new; a character whose bytes are not all there yet decodes to U+FFFD and waits. */
    void add(int id) {
        ids = Arrays.copyOf(ids, ids.length + 1);
        ids[ids.length - 1] = id;
        String all = tokenizer.decode(ids);
        // Not compared with what was told: bytes that turn out to be no text change how those before them decode.
        if (all.length() > told && !all.endsWith("\uFFFD")) {
            text.accept(all.substring(told));
            told = all.length();
        }
    }
}
