package dev.espalier.worker.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.files.TextFile;
import dev.espalier.worker.generation.Generator;
import dev.espalier.worker.model.Decoder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** How models go on from pieces of the evaluation text, the likeliest token each time: the same prompts for each. */
final class Samples {
    private static final int PROMPT_TOKENS = 32;
    private static final int TOKENS = 48;

    private Samples() {}

    /** Adds {@code {"prompt", "text"}} for each piece; none if there is no text to take them from. */
    static void add(
            ArrayNode out, Decoder model, Tokenizer tokenizer, Set<Integer> stops, List<Path> texts, int count) {
        int room = Math.min(PROMPT_TOKENS + TOKENS, model.positions());
        Generator generator = new Generator(model, tokenizer, room, stops);
        for (String prompt : prompts(tokenizer, texts, count, room / 2)) {
            StringBuilder text = new StringBuilder();
            generator.generate(prompt, TOKENS, 0, 0, text::append);
            out.addObject().put("prompt", prompt).put("text", text.toString());
        }
    }

    /** Pieces from places spread over the texts; each begins with a word. */
    private static List<String> prompts(Tokenizer tokenizer, List<Path> texts, int count, int mostTokens) {
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < count && !texts.isEmpty(); i++) {
            String text = MeasuredText.plain(texts.get(i % texts.size()));
            String piece = text.substring(wordAt(text, (int) ((long) text.length() * i / count)));
            // more characters than so many tokens can have would be tokenised for nothing
            int[] ids = tokenizer.encode(TextFile.beginning(piece, 16 * PROMPT_TOKENS), false);
            String prompt =
                    tokenizer.decode(Arrays.copyOf(ids, Math.min(ids.length, Math.min(PROMPT_TOKENS, mostTokens))));
            String whole = prompt.replaceAll("\uFFFD+$", "").strip();
            if (!whole.isEmpty() && !prompts.contains(whole)) {
                prompts.add(whole);
            }
        }
        return prompts;
    }

    private static int wordAt(String text, int from) {
        int at = from;
        while (at > 0 && at < text.length() && !Character.isWhitespace(text.charAt(at - 1))) {
            at++;
        }
        return at;
    }
}
