package dev.espalier.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code evaluate} measured, for people. */
final class EvaluationTable {
    private EvaluationTable() {}

    static String of(JsonNode measured) {
        List<String[]> rows = new ArrayList<>();
        rows.add(row("model", measured.path("model").asText(), "", count(measured.path("parameters"), "parameters")));
        for (JsonNode text : measured.path("perplexity")) {
            rows.add(row(
                    "perplexity",
                    text.path("file").asText(),
                    format("%.3f", text.path("value").asDouble()) + error(text.path("stderr"), "%.3f"),
                    count(text.path("tokens"), "tokens") + ", window " + text.path("window")
                            + (text.has("documents") ? ", " + count(text.path("documents"), "documents") : "")));
        }
        for (JsonNode file : measured.path("choices")) {
            rows.add(row(
                    "accuracy",
                    file.path("file").asText(),
                    format("%.4f", file.path("acc").asDouble()) + error(file.path("acc_stderr")),
                    format("by bytes %.4f", file.path("acc_norm").asDouble())
                            + error(file.path("acc_norm_stderr"))
                            + format(
                                    ", by characters %.4f",
                                    file.path("acc_norm_chars").asDouble())
                            + error(file.path("acc_norm_chars_stderr"))
                            + ", "
                            + count(file.path("n"), "questions")
                            + cut(file.path("cut").asInt())
                            + joined(file.path("joined").asInt())));
        }
        JsonNode latency = measured.path("latency");
        if (latency.isObject()) {
            rows.add(speed(latency, "prefill", "prompt"));
            rows.add(speed(latency, "decode", "generated"));
        }
        return aligned(rows);
    }

    private static String error(JsonNode standardError) {
        return error(standardError, "%.4f");
    }

    /** One standard error of what stands before it. */
    private static String error(JsonNode standardError, String pattern) {
        return standardError.isNumber() ? " \u00b1" + format(pattern, standardError.asDouble()) : "";
    }

    private static String cut(int items) {
        return items == 0 ? "" : format(", %d longer than the model takes: their beginnings were cut", items);
    }

    private static String joined(int items) {
        return items == 0 ? "" : format(", %d whose tokens join query and choice", items);
    }

    private static String[] speed(JsonNode latency, String what, String length) {
        String field = what + "_tokens_per_second";
        JsonNode range = latency.path(field + "_range");
        String value = format("%.1f", latency.path(field).asDouble());
        return row(
                "tokens/s",
                what,
                value,
                format(
                                "%.1f to %.1f in ",
                                range.path(0).asDouble(), range.path(1).asDouble())
                        + latency.path("repeats") + " repeats of " + count(latency.path(length), "tokens")
                        + ", batch 1");
    }

    private static String[] row(String what, String of, String value, String note) {
        return new String[] {what, of, value, note};
    }

    private static String count(JsonNode number, String unit) {
        return format("%,d", number.asLong()).replace(',', ' ') + " " + unit;
    }

    private static String aligned(List<String[]> rows) {
        int names = rows.stream().mapToInt(row -> row[1].length()).max().orElse(0);
        int values = rows.stream().mapToInt(row -> row[2].length()).max().orElse(0);
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            text.append(format("%-11s %-" + names + "s  %" + Math.max(1, values) + "s  %s%n", (Object[]) row));
        }
        return text.toString().stripTrailing();
    }

    private static String format(String pattern, Object... values) {
        return String.format(Locale.ROOT, pattern, values);
    }
}
