package dev.espalier.worker.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.files.FieldPath;
import dev.espalier.worker.data.files.Row;
import dev.espalier.worker.data.files.TextFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation, from {@code [{"role": "user", "content": "..."}, ...]} as OpenAI and transformers have it, or from
 * ShareGPT's {@code [{"from": "human", "value": "..."}, ...]}.
 *
 * @param messages each with role and content, and whatever else it has, in values that a template takes
 * @param characters of all contents
 * @param where it stands, for messages
 */
public record Conversation(List<Map<String, Object>> messages, long characters, String where) {
    static final String ASSISTANT = "assistant";

    /** ShareGPT's words for who speaks. */
    private static final Map<String, String> SPEAKERS = Map.of(
            "human", "user", "user", "user", "gpt", ASSISTANT, "chatgpt", ASSISTANT, ASSISTANT, ASSISTANT, "system",
            "system");

    /**
     * @param field that holds the messages
     * @throws UserError that says which message is none, and why
     */
    public static Conversation of(Row row, String field) {
        JsonNode list = FieldPath.of(field).in(row.value());
        if (!list.isArray() || list.isEmpty()) {
            throw new UserError(row.where() + " has no list of messages '" + field + "'"
                    + (list.isArray() ? " (it is empty)" : FieldPath.of(field).seen(row.value()))
                    + ". Name the right field with chat-field.");
        }
        List<Map<String, Object>> messages = new ArrayList<>();
        long characters = 0;
        for (JsonNode message : list) {
            Map<String, Object> read = message(message, row.where() + ", message " + (messages.size() + 1));
            characters += read.toString().length();
            messages.add(read);
        }
        return new Conversation(messages, characters, row.where());
    }

    private static Map<String, Object> message(JsonNode message, String where) {
        if (!message.isObject()) {
            throw new UserError(where + " is no object; expected is {\"role\": text, \"content\": text}.");
        }
        if (!message.has("role") && message.has("from")) {
            return shared(message, where);
        }
        if (!message.path("role").isTextual()
                || message.path("role").textValue().isBlank()) {
            throw new UserError(where + " does not say who speaks: its role is missing or no text.");
        }
        JsonNode content = message.path("content");
        // tool calls and the like may stand in place of a text, and templates take some contents in parts
        if (content.isMissingNode() || (content.isNull() && message.size() <= 2) || content.isNumber()) {
            throw new UserError(where + " has no text under content.");
        }
        Map<String, Object> values = new LinkedHashMap<>();
        message.properties().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
        return values;
    }

    private static Map<String, Object> shared(JsonNode message, String where) {
        String speaker = SPEAKERS.get(message.path("from").asText());
        if (speaker == null || !message.path("value").isTextual()) {
            throw new UserError(where
                    + (speaker == null
                            ? " is from '" + message.path("from").asText() + "'; known are human, gpt and system."
                            : " has no text under value."));
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("role", speaker);
        values.put("content", TextFile.wellFormed(message.path("value").textValue()));
        return values;
    }

    private static Object value(JsonNode node) {
        if (node.isTextual()) {
            return TextFile.wellFormed(node.textValue());
        } else if (node.isBoolean()) {
            return node.booleanValue();
        } else if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        } else if (node.isNumber()) {
            return node.doubleValue();
        } else if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(value(item)));
            return list;
        } else if (node.isObject()) {
            Map<String, Object> map = new LinkedHashMap<>();
            node.properties().forEach(entry -> map.put(entry.getKey(), value(entry.getValue())));
            return map;
        }
        return null;
    }
}
