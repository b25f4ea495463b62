package dev.espalier.worker.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** How a tokenizer of pieces treats spaces: each becomes a block, and one may be put before the text. */
final class PieceSpaces {
    private static final String BLOCK = "\u2581";

    private PieceSpaces() {}

    /**
     * Whether a space is put before a text.
     *
     * @throws dev.espalier.protocol.UserError if the text is changed in any other way
     */
    static boolean prefixed(GgufTokenizer tokenizer) {
        boolean prefixed = false;
        boolean blocks = false;
        for (JsonNode step : steps(tokenizer)) {
            switch (step.path("type").asText()) {
                case "Prepend" -> {
                    require(step.path("prepend").asText().equals(BLOCK), step, tokenizer);
                    prefixed = true;
                }
                case "Replace" -> {
                    require(
                            step.path("pattern").path("String").asText().equals(" ")
                                    && step.path("content").asText().equals(BLOCK),
                            step,
                            tokenizer);
                    blocks = true;
                }
                case "Metaspace" -> {
                    require(step.path("replacement").asText().equals(BLOCK), step, tokenizer);
                    require(!step.path("split").asBoolean(true), step, tokenizer);
                    String scheme = step.path("prepend_scheme")
                            .asText(step.path("add_prefix_space").asBoolean(true) ? "always" : "never");
                    prefixed |= !scheme.equals("never");
                    blocks = true;
                }
                // of spaces that are blocks by then
                case "Split" ->
                    require(step.path("pattern").path("String").asText().equals(" "), step, tokenizer);
                default -> require(false, step, tokenizer);
            }
        }
        if (!blocks) {
            throw tokenizer.refuse("spaces that stay spaces", "among pieces with a fallback to bytes each is a block");
        }
        return prefixed;
    }

    /** Whether one is put before a text only if it begins with none, which llama.cpp does not look at. */
    static boolean onlyIfNone(GgufTokenizer tokenizer) {
        return prefixed(tokenizer)
                && steps(tokenizer).stream()
                        .noneMatch(step -> step.path("type").asText().equals("Prepend"));
    }

    /** Whether one is put before a text alone, and not after special tokens within it, which llama.cpp knows no way to say. */
    static boolean onlyFirst(GgufTokenizer tokenizer) {
        return steps(tokenizer).stream()
                .anyMatch(step -> step.path("prepend_scheme").asText().equals("first"));
    }

    private static List<JsonNode> steps(GgufTokenizer tokenizer) {
        List<JsonNode> steps =
                new ArrayList<>(PreTokenizer.flat(tokenizer.json().path("normalizer"), "normalizers"));
        steps.addAll(PreTokenizer.flat(tokenizer.json().path("pre_tokenizer"), "pretokenizers"));
        return steps;
    }

    private static void require(boolean known, JsonNode step, GgufTokenizer tokenizer) {
        if (!known) {
            throw tokenizer.refuse("the step " + step, "of a tokenizer of pieces, only what it does with spaces is");
        }
    }
}
