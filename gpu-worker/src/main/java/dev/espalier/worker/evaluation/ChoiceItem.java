package dev.espalier.worker.evaluation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.files.JsonLines;
import dev.espalier.worker.data.files.Row;
import dev.espalier.worker.data.files.TextFile;
import dev.espalier.worker.data.files.TextFormat;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One question of a choices file: a JSON line {@code {"query": str, "choices": [str], "gold": int}}. */
public record ChoiceItem(String query, List<String> choices, int gold) {
    /**
     * @param limit number of items; 0 for all
     * @throws UserError that names the line which is no such question, and how; or the file, if its name tells of another format
     */
    public static List<ChoiceItem> read(Path file, int limit) {
        requireLines(file);
        List<ChoiceItem> items = new ArrayList<>();
        try (JsonLines lines = JsonLines.open(file)) {
            Optional<Row> line = lines.next();
            for (; line.isPresent(); line = lines.next()) {
                items.add(parse(line.get()));
                if (items.size() == limit) {
                    break;
                }
            }
        }
        if (items.isEmpty()) {
            throw new UserError(file + " has no items; each line should be {\"query\", \"choices\", \"gold\"}");
        }
        return items;
    }

    /** Another's bytes would be told as a broken line. */
    private static void requireLines(Path file) {
        if (TextFormat.of(file)
                .filter(format -> format.layout() == TextFormat.Layout.JSONL)
                .isEmpty()) {
            throw new UserError(file + ": questions are read from .jsonl files, with or without .gz or .zst, a line"
                    + " {\"query\", \"choices\", \"gold\"} for each: rename it, or write it so");
        }
    }

    private static ChoiceItem parse(Row line) {
        JsonNode query = line.value().path("query");
        JsonNode choices = line.value().path("choices");
        JsonNode gold = line.value().path("gold");
        if (!query.isTextual()) {
            throw refused(line, "query is " + kind(query));
        }
        if (!choices.isArray() || choices.size() < 2) {
            throw refused(line, "choices are " + (choices.isArray() ? "only " + choices.size() : kind(choices)));
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode choice : choices) {
            if (!choice.isTextual()) {
                throw refused(line, "choice " + texts.size() + " is " + kind(choice));
            }
            texts.add(TextFile.wellFormed(choice.textValue()));
        }
        if (!gold.isInt() || gold.intValue() < 0 || gold.intValue() >= texts.size()) {
            throw refused(
                    line, "gold is " + (gold.isNumber() ? gold : kind(gold)) + " of " + texts.size() + " choices");
        }
        return new ChoiceItem(TextFile.wellFormed(query.textValue()), texts, gold.intValue());
    }

    private static String kind(JsonNode node) {
        return node.isMissingNode()
                ? "missing"
                : "of type " + node.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    private static UserError refused(Row line, String how) {
        return new UserError(line.where() + ": " + how
                + "; expected is {\"query\": text, \"choices\": [two texts or more], \"gold\": index of one, from 0}");
    }
}
