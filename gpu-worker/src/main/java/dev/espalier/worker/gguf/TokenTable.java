package dev.espalier.worker.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** A token for each row of the embedding: its text and what it is for. */
final class TokenTable {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private static final Pattern BYTE_TOKEN = Pattern.compile("<0x[0-9A-F]{2}>");

    private final GgufTokenizer tokenizer;
    private final String[] texts;
    private final Integer[] types;
    private final Map<String, Integer> ids = new HashMap<>();

    private TokenTable(GgufTokenizer tokenizer, int rows) {
        this.tokenizer = tokenizer;
        this.texts = new String[rows];
        this.types = new Integer[rows];
    }

    /** @throws UserError if a token has no row, or two share one */
    static TokenTable of(GgufTokenizer tokenizer) {
        TokenTable table = new TokenTable(tokenizer, tokenizer.folder().config().vocabularySize());
        JsonNode model = tokenizer.json().path("model");
        boolean bytes = model.path("byte_fallback").asBoolean();
        String unknown = model.path("unk_token").asText(null);
        model.path("vocab").properties().forEach(entry -> {
            String text = entry.getKey();
            int type = text.equals(unknown)
                    ? UNKNOWN
                    : bytes && BYTE_TOKEN.matcher(text).matches() ? BYTE : NORMAL;
            table.put(entry.getValue().intValue(), text, type);
        });
        for (JsonNode added : tokenizer.json().path("added_tokens")) {
            String text = added.path("content").asText();
            boolean special = added.path("special").asBoolean();
            if (!text.equals(unknown)) {
                table.put(added.path("id").intValue(), text, special ? CONTROL : USER_DEFINED);
            }
        }
        table.fill();
        return table;
    }

    private void put(int id, String text, int type) {
        if (id >= texts.length) {
            throw new UserError(
                    tokenizer.folder().tokenizerFile().orElseThrow() + " has the token '" + text + "' with the id "
                            + id + ", for which the embedding of " + texts.length
                            + " rows has none, and llama.cpp wants as many rows as tokens: remove it from the tokenizer");
        }
        if (texts[id] != null && !texts[id].equals(text)) {
            throw tokenizer.refuse(
                    "the id " + id + " for both '" + texts[id] + "' and '" + text + "'",
                    "each token has an id of its own");
        }
        texts[id] = text;
        types[id] = type;
        ids.put(text, id);
    }

    /** Rows that no token has. */
    private void fill() {
        for (int id = 0; id < texts.length; id++) {
            if (texts[id] == null) {
                texts[id] = "[PAD" + id + "]";
                types[id] = UNUSED;
            }
        }
    }

    void describe(GgufMetadata metadata) {
        metadata.strings("tokenizer.ggml.tokens", List.of(texts));
        metadata.ints("tokenizer.ggml.token_type", List.of(types));
    }

    int size() {
        return texts.length;
    }

    Optional<Integer> id(String text) {
        return Optional.ofNullable(text).map(ids::get);
    }

    /** Tokens that merges make, with their ids. */
    List<Integer> normal() {
        List<Integer> normal = new ArrayList<>();
        for (int id = 0; id < texts.length; id++) {
            if (types[id] == NORMAL) {
                normal.add(id);
            }
        }
        return normal;
    }

    String text(int id) {
        return texts[id];
    }

    /** @throws UserError if there is no such row */
    int require(int id, String field) {
        if (id >= texts.length) {
            throw new UserError(tokenizer.folder().path().resolve("config.json") + ": " + field + " is " + id
                    + ", but the embedding has only " + texts.length + " rows. Correct " + field);
        }
        return id;
    }
}
