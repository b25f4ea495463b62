package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tokens that transformers adds to a tokenizer.json from the files beside it, in its order and with its ids: those of
 * {@code added_tokens_decoder} (or else of added_tokens.json), then whatever is named as a special token and is not
 * there yet ({@code PreTrainedTokenizerBase._from_pretrained} and {@code TokenizersBackend} of transformers 5).
 */
final class AddedTokens {
    /** The files that may name tokens. */
    static final List<String> FILES = List.of("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json");

    private static final String DECODER = "added_tokens_decoder";
    private static final List<String> NAMED =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");
    private static final List<String> LISTS = List.of("extra_special_tokens", "additional_special_tokens");
    private static final List<String> FLAGS = List.of("single_word", "lstrip", "rstrip", "normalized", "special");

    private final Path tokenizerJson;
    private final Map<String, ObjectNode> known = new LinkedHashMap<>();
    private final Map<String, Integer> ids = new LinkedHashMap<>();
    private final List<ObjectNode> found = new ArrayList<>();
    private final int vocabulary;
    private int largest = -1;

    private AddedTokens(Path tokenizerJson, ObjectNode json) {
        this.tokenizerJson = tokenizerJson;
        JsonNode words = json.path("model").path("vocab");
        vocabulary = words.size();
        words.properties()
                .forEach(word -> ids.put(word.getKey(), word.getValue().asInt()));
        for (int i = 0; words.isArray() && i < vocabulary; i++) {
            ids.put(words.get(i).path(0).asText(), i);
        }
        for (JsonNode token : json.path("added_tokens")) {
            know(token(token, token.path("content").asText(), token.path("id").asInt()));
        }
    }

    /**
     * What is to be appended to the {@code added_tokens} of a tokenizer.json.
     *
     * @throws UserError if a file beside it is malformed
     */
    static List<ObjectNode> beside(Path tokenizerJson, ObjectNode json) {
        AddedTokens tokens = new AddedTokens(tokenizerJson, json);
        tokens.read();
        return tokens.found;
    }

    private void read() {
        ObjectNode config = file(0);
        Map<String, JsonNode> named = new LinkedHashMap<>();
        List<JsonNode> listed = new ArrayList<>();
        special(config, named, listed);
        Map<Integer, ObjectNode> numbered = new TreeMap<>();
        if (config.has(DECODER)) {
            for (Map.Entry<String, JsonNode> entry : config.get(DECODER).properties()) {
                numbered.put(number(entry.getKey()), token(entry.getValue(), content(entry.getValue()), 0));
            }
        } else {
            special(file(1), named, listed);
            List<String> words = new ArrayList<>();
            named.values().forEach(token -> words.add(content(token)));
            listed.forEach(token -> words.add(content(token)));
            for (Map.Entry<String, JsonNode> entry : file(2).properties()) {
                ObjectNode flags = JsonNodeFactory.instance.objectNode().put("special", words.contains(entry.getKey()));
                numbered.put(number(entry.getValue().asText()), token(flags, entry.getKey(), 0));
            }
        }
        numbered.values().forEach(this::add);
        named.values().forEach(this::addIfUnknown);
        listed.forEach(this::addIfUnknown);
    }

    /** Tokens that a file names by what they are for, and those that it only lists. */
    private static void special(ObjectNode file, Map<String, JsonNode> named, List<JsonNode> listed) {
        for (String name : NAMED) {
            if (file.hasNonNull(name)) {
                named.put(name, file.get(name));
            }
        }
        file.properties().forEach(field -> {
            if (field.getKey().endsWith("_token") && field.getValue().isTextual()) {
                named.putIfAbsent(field.getKey(), field.getValue());
            }
        });
        for (String list : LISTS) {
            JsonNode tokens = file.path(list);
            if (tokens.isObject()) {
                tokens.properties().forEach(token -> named.putIfAbsent(token.getKey(), token.getValue()));
            } else {
                tokens.forEach(listed::add);
            }
        }
    }

    private void addIfUnknown(JsonNode token) {
        String content = content(token);
        if (!known.containsKey(content)) {
            ObjectNode flags =
                    token.isObject() ? ((ObjectNode) token).deepCopy() : JsonNodeFactory.instance.objectNode();
            add(token(flags.put("special", true), content, 0));
        }
    }

    /** As the library that reads the tokenizer.json will: a word that the vocabulary has keeps its id. */
    private void add(ObjectNode token) {
        String content = token.get("content").textValue();
        int next = largest >= vocabulary || vocabulary == 0 ? largest + 1 : vocabulary;
        token.put("id", ids.getOrDefault(content, next));
        if (!content.isEmpty() && !token.equals(known.get(content))) {
            know(token);
            found.add(token);
        }
    }

    private void know(ObjectNode token) {
        String content = token.get("content").textValue();
        known.put(content, token);
        ids.put(content, token.get("id").intValue());
        largest = Math.max(largest, token.get("id").intValue());
    }

    private static ObjectNode token(JsonNode flags, String content, int id) {
        ObjectNode token = JsonNodeFactory.instance.objectNode().put("id", id).put("content", content);
        for (String flag : FLAGS) {
            token.put(flag, flags.path(flag).asBoolean(false));
        }
        return token.put(
                "normalized",
                flags.path("normalized").asBoolean(!token.get("special").booleanValue()));
    }

    private String content(JsonNode token) {
        JsonNode content = token.isObject() ? token.path("content") : token;
        if (!content.isTextual()) {
            throw malformed(token);
        }
        return content.textValue();
    }

    private int number(String id) {
        if (!id.matches("[0-9]{1,8}")) {
            throw malformed(id);
        }
        return Integer.parseInt(id);
    }

    private UserError malformed(Object token) {
        return new UserError("the files beside " + tokenizerJson + " (" + String.join(", ", FILES) + ") name the token "
                + token + ": expected are words, objects with a content, and ids from 0");
    }

    private ObjectNode file(int index) {
        Path file = tokenizerJson.resolveSibling(FILES.get(index));
        return Files.exists(file) ? JsonFile.read(file) : JsonNodeFactory.instance.objectNode();
    }
}
