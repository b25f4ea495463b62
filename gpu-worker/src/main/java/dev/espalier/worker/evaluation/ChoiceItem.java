package dev.espalier.worker.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One question of a choices file: a JSON line {@code {"query": str, "choices": [str], "gold": int}}. */
public record ChoiceItem(String query, List<String> choices, int gold) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param limit number of items; 0 for all */
    public static List<ChoiceItem> read(Path file, int limit) {
        List<ChoiceItem> items = new ArrayList<>();
        int number = 0;
        for (String line : TextFile.read(file).split("\n")) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            items.add(parse(line, file + ":" + number));
            if (items.size() == limit) {
                break;
            }
        }
        if (items.isEmpty()) {
            throw new UserError(file + " has no items; each line should be {\"query\", \"choices\", \"gold\"}");
        }
        return items;
    }

    private static ChoiceItem parse(String line, String where) {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UserError(where + " is not JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode query = json.path("query");
        JsonNode choices = json.path("choices");
        JsonNode gold = json.path("gold");
        List<String> texts = new ArrayList<>();
        choices.forEach(choice -> texts.add(choice.asText()));
        if (!query.isTextual()
                || texts.size() < 2
                || !gold.isInt()
                || gold.asInt() < 0
                || gold.asInt() >= texts.size()) {
            throw new UserError(
                    where + ": expected {\"query\": text, \"choices\": [two texts or more], \"gold\": index of one}");
        }
        return new ChoiceItem(query.asText(), texts, gold.asInt());
    }
}
