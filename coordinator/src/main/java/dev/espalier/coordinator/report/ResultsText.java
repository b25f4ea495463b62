package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Row;
import java.util.ArrayList;
import java.util.List;

/** The before/after table as plain text, for a terminal. */
public final class ResultsText {
    private static final String GAP = "  ";

    private ResultsText() {}

    /** Aligned columns, a line a model; empty if nothing was measured. */
    public static String of(List<Row> rows) {
        List<ResultColumn> columns = ResultColumn.of(rows);
        return columns.isEmpty() ? "" : of(columns, rows);
    }

    static String of(List<ResultColumn> columns, List<Row> rows) {
        List<List<String>> lines = new ArrayList<>();
        List<String> groups = new ArrayList<>(List.of(""));
        List<String> heads = new ArrayList<>(List.of(""));
        for (ResultColumn column : columns) {
            groups.add(column.group());
            heads.add(column.head());
        }
        lines.add(groups);
        lines.add(heads);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(row.label()));
            columns.forEach(column -> line.add(column.measured(row) ? column.text(row) : "-"));
            lines.add(line);
        }
        return aligned(lines);
    }

    private static String aligned(List<List<String>> lines) {
        int columns = lines.get(0).size();
        int[] widths = new int[columns];
        lines.forEach(line -> {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        });
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder padded = new StringBuilder(pad(line.get(0), widths[0], true));
            for (int i = 1; i < columns; i++) {
                padded.append(GAP).append(pad(line.get(i), widths[i], false));
            }
            text.append(padded.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private static String pad(String text, int width, boolean left) {
        String space = " ".repeat(width - text.length());
        return left ? text + space : space + text;
    }
}
