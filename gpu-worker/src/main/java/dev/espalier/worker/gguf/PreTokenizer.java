package dev.espalier.worker.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** How a text is cut before BPE over bytes joins what is between the cuts: llama.cpp knows some ways by name. */
enum PreTokenizer {
    GPT2("gpt-2", false, PreTokenizer.BYTES_BY_WORDS),
    /** Of SmolLM and of StarCoder and what came of it. */
    SMOLLM("smollm", false, PreTokenizer.DIGITS, PreTokenizer.BYTES_BY_WORDS),
    LLAMA3("llama-bpe", true, PreTokenizer.UP_TO_THREE_DIGITS, PreTokenizer.BYTES),
    /** The same without ignore_merges. */
    DBRX("dbrx", false, PreTokenizer.UP_TO_THREE_DIGITS, PreTokenizer.BYTES),
    QWEN2("qwen2", false, PreTokenizer.SINGLE_DIGITS, PreTokenizer.BYTES);

    private static final String BYTES = "bytes";
    private static final String BYTES_BY_WORDS = "bytes, by words";
    private static final String DIGITS = "digits";

    /** Tiktoken's way of cutting words, around how it cuts digits. */
    private static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";

    private static final String REST = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String UP_TO_THREE_DIGITS = WORDS + "\\p{N}{1,3}" + REST;
    private static final String SINGLE_DIGITS = WORDS + "\\p{N}" + REST;

    private final String word;
    private final boolean ignoresMerges;
    private final List<String> steps;

    PreTokenizer(String word, boolean ignoresMerges, String... steps) {
        this.word = word;
        this.ignoresMerges = ignoresMerges;
        this.steps = List.of(steps);
    }

    /** By which llama.cpp knows it. */
    String word() {
        return word;
    }

    /** @throws dev.espalier.protocol.UserError if llama.cpp has none like it, or the text is changed before */
    static PreTokenizer of(GgufTokenizer tokenizer) {
        for (JsonNode step : flat(tokenizer.json().path("normalizer"), "normalizers")) {
            if (!step.path("type").asText().equals("NFC")) {
                throw tokenizer.refuse("the normalizer " + step, "none and NFC are");
            }
        }
        List<String> steps = new ArrayList<>();
        for (JsonNode step : flat(tokenizer.json().path("pre_tokenizer"), "pretokenizers")) {
            steps.add(described(step));
        }
        boolean ignores = tokenizer.json().path("model").path("ignore_merges").asBoolean();
        for (PreTokenizer known : values()) {
            if (known.steps.equals(steps) && known.ignoresMerges == ignores) {
                return known;
            }
        }
        throw tokenizer.refuse(
                "the pre_tokenizer " + tokenizer.json().path("pre_tokenizer")
                        + (ignores ? " with model.ignore_merges" : ""),
                "those of GPT-2, SmolLM, Llama 3 and Qwen2 are");
    }

    /** Whether a text is normalised first, which llama.cpp does not do. */
    static boolean normalises(GgufTokenizer tokenizer) {
        return !flat(tokenizer.json().path("normalizer"), "normalizers").isEmpty();
    }

    /** The steps of a sequence, or a single one. */
    static List<JsonNode> flat(JsonNode step, String list) {
        List<JsonNode> steps = new ArrayList<>();
        if (step.path("type").asText().equals("Sequence")) {
            step.path(list).forEach(inner -> steps.addAll(flat(inner, list)));
        } else if (step.isObject()) {
            steps.add(step);
        }
        return steps;
    }

    /** A step in one of the words of this class, or as it is written. */
    private static String described(JsonNode step) {
        return switch (step.path("type").asText()) {
            case "ByteLevel" ->
                step.path("add_prefix_space").asBoolean()
                        ? step.toString()
                        : step.path("use_regex").asBoolean(true) ? BYTES_BY_WORDS : BYTES;
            case "Digits" -> step.path("individual_digits").asBoolean() ? DIGITS : step.toString();
            case "Split" ->
                step.path("behavior").asText().equals("Isolated")
                                && !step.path("invert").asBoolean()
                        ? step.path("pattern").path("Regex").asText()
                        : step.toString();
            default -> step.toString();
        };
    }
}
