package dev.espalier.worker.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A tokenizer.json in llama.cpp's terms: BPE over bytes, and BPE over pieces with a fallback to bytes, which is what
 * sentencepiece's models become. Whatever llama.cpp would do differently is refused by name.
 *
 * @param json tokenizer.json, with the tokens that only the files beside it know
 * @param settings tokenizer_config.json; empty if there is none
 */
record GgufTokenizer(ModelFolder folder, ObjectNode json, ObjectNode settings) {
    private static final String KEYS = "tokenizer.ggml.";

    static GgufTokenizer of(ModelFolder folder) {
        Path file = folder.path().resolve("tokenizer_config.json");
        ObjectNode json = folder.tokenizerJson();
        ObjectNode settings = Files.isRegularFile(file) ? JsonFile.read(file) : json.objectNode();
        return new GgufTokenizer(folder, json, settings);
    }

    /** @throws UserError if it cannot be carried */
    void check() {
        describe(new GgufMetadata());
    }

    /** What llama.cpp does otherwise nevertheless, a sentence each. */
    List<String> exceptions() {
        List<String> exceptions = new ArrayList<>();
        boolean pieces = json.path("model").path("byte_fallback").asBoolean();
        if (!pieces && PreTokenizer.normalises(this)) {
            exceptions.add("llama.cpp does not normalise texts to NFC");
        }
        if (pieces && PieceSpaces.onlyFirst(this)) {
            exceptions.add(
                    "llama.cpp puts a space before what follows each special token, the tokenizer only before a text:"
                            + " chats may have a few tokens more");
        }
        if (pieces && PieceSpaces.onlyIfNone(this)) {
            exceptions.add("llama.cpp puts a space before a text that begins with one, too, the tokenizer does not");
        }
        for (JsonNode added : json.path("added_tokens")) {
            if (added.path("single_word").asBoolean()) {
                exceptions.add(
                        "llama.cpp finds the token '" + added.path("content").asText()
                                + "' and others like it within words, too, the tokenizer only as a word of its own");
                break;
            }
        }
        for (JsonNode added : json.path("added_tokens")) {
            if (added.path("lstrip").asBoolean() || added.path("rstrip").asBoolean()) {
                exceptions.add("llama.cpp keeps spaces beside the token '"
                        + added.path("content").asText() + "' and others like it, which the tokenizer takes away");
                break;
            }
        }
        return exceptions;
    }

    /** @throws UserError if it cannot be carried */
    void describe(GgufMetadata metadata) {
        JsonNode model = json.path("model");
        if (!model.path("type").asText("BPE").equals("BPE")) {
            throw refuse("model.type " + model.path("type"), "only BPE is");
        }
        for (String key : new String[] {"continuing_subword_prefix", "end_of_word_suffix", "dropout"}) {
            JsonNode value = model.path(key);
            if (!value.isMissingNode() && !value.isNull() && !value.asText().isEmpty()) {
                throw refuse("model." + key + " = " + value, "only tokenizers without are");
            }
        }
        TokenTable tokens = TokenTable.of(this);
        Merges merges = Merges.of(this);
        if (model.path("byte_fallback").asBoolean()) {
            metadata.put(KEYS + "model", "llama").put(KEYS + "pre", "default");
            tokens.describe(metadata);
            metadata.floats(KEYS + "scores", merges.scores(tokens));
            metadata.put(KEYS + "add_space_prefix", PieceSpaces.prefixed(this));
        } else {
            metadata.put(KEYS + "model", "gpt2")
                    .put(KEYS + "pre", PreTokenizer.of(this).word());
            tokens.describe(metadata);
            metadata.strings(KEYS + "merges", merges.lines());
        }
        specials(metadata, tokens);
        ChatTemplates.of(folder.path(), settings).describe(metadata);
    }

    private void specials(GgufMetadata metadata, TokenTable tokens) {
        LlamaConfig config = folder.config();
        int eos = named("eos_token", tokens)
                .or(() -> config.eos().stream().findFirst())
                .orElseThrow(() -> new UserError(folder.path()
                        + ": neither config.json nor tokenizer_config.json names an end-of-text token, and llama.cpp would"
                        + " take one of its own: set eos_token_id in config.json"));
        int bos = Optional.ofNullable(config.bos())
                .or(() -> named("bos_token", tokens))
                .orElse(eos);
        metadata.put(KEYS + "bos_token_id", tokens.require(bos, "bos_token_id"));
        metadata.put(KEYS + "eos_token_id", tokens.require(eos, "eos_token_id"));
        tokens.id(json.path("model").path("unk_token").asText(null))
                .ifPresent(id -> metadata.put(KEYS + "unknown_token_id", id.intValue()));
        named("pad_token", tokens).ifPresent(id -> metadata.put(KEYS + "padding_token_id", id.intValue()));
        around(metadata, bos, eos);
    }

    /** What is put around a text, as the tokenizer itself does it. */
    private void around(GgufMetadata metadata, int bos, int eos) {
        try (Tokenizer tokenizer = folder.openTokenizer()) {
            int[] plain = tokenizer.encode("a", false);
            int[] whole = tokenizer.encode("a", true);
            boolean begins = whole.length > 0 && whole[0] == bos && (plain.length == 0 || plain[0] != bos);
            boolean ends = whole.length > 1
                    && whole[whole.length - 1] == eos
                    && (plain.length == 0 || plain[plain.length - 1] != eos);
            if (whole.length != plain.length + (begins ? 1 : 0) + (ends ? 1 : 0)) {
                throw refuse(
                        "post_processor, which puts more around a text than a begin-of-text and an end-of-text token",
                        "only these are");
            }
            metadata.put(KEYS + "add_bos_token", begins).put(KEYS + "add_eos_token", ends);
        }
    }

    /** The id of the token that tokenizer_config.json gives this name. */
    private Optional<Integer> named(String name, TokenTable tokens) {
        JsonNode token = settings.path(name);
        return tokens.id((token.isObject() ? token.path("content") : token).asText(null));
    }

    /** A sentence with what is to be done. */
    UserError refuse(String what, String known) {
        return new UserError(folder.tokenizerFile().orElseThrow() + " has " + what
                + ", which gguf cannot carry to llama.cpp: " + known + ". Take gguf out of the formats");
    }
}
