package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.Comparison.Group;
import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ResultsTable.Section;
import dev.espalier.protocol.safetensors.Dtype;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * All models of a comparison in one table: for the page, for a terminal and for documents.
 *
 * @param columns empty if nothing was measured yet
 */
record ComparisonTable(Comparison comparison, List<ResultColumn> columns) {
    private static final double GIB = 1L << 30;

    static ComparisonTable of(Comparison comparison) {
        List<Row> rows =
                comparison.dense().map(dense -> rows(comparison, dense)).orElse(List.of());
        if (rows.isEmpty()) {
            return new ComparisonTable(comparison, List.of());
        }
        List<ResultColumn> columns = new ArrayList<>(ResultColumn.of(rows));
        columns.add(gib(comparison.dtype()));
        columns.add(seconds());
        columns.removeIf(column -> rows.stream().noneMatch(column::measured));
        return new ComparisonTable(comparison, columns);
    }

    private static List<Row> rows(Comparison comparison, Row dense) {
        return Stream.concat(Stream.of(dense), comparison.groups().stream().flatMap(group -> group.rows().stream()))
                .toList();
    }

    boolean isEmpty() {
        return columns.isEmpty();
    }

    String html() {
        Row dense = comparison.dense().orElseThrow();
        List<Section> sections = new ArrayList<>();
        sections.add(new Section("", List.of(dense), List.of(dense), Map.of()));
        for (String goal : comparison.goals()) {
            List<Group> groups = groups(goal);
            Map<String, String> absent = absent(goal);
            for (Group group : groups) {
                boolean last = group.equals(groups.get(groups.size() - 1));
                sections.add(new Section(
                        group.goal() + ", " + group.state(), group.rows(), peers(group), last ? absent : Map.of()));
            }
            if (groups.isEmpty()) {
                sections.add(new Section(goal, List.of(), List.of(dense), absent));
            }
        }
        return new ResultsTable(columns, dense).inSections(sections);
    }

    /** Aligned columns, a line a model. */
    String text() {
        List<Row> lines = new ArrayList<>(List.of(comparison.dense().orElseThrow()));
        comparison.groups().forEach(group -> group.rows().forEach(row -> lines.add(row.labelled(label(group, row)))));
        return ResultsText.of(columns, lines);
    }

    /** GitHub's kind of table. */
    String markdown() {
        StringBuilder text = new StringBuilder("| |");
        columns.forEach(column -> text.append(' ').append(head(column)).append(" |"));
        text.append("\n|---|")
                .append(String.join("", Collections.nCopies(columns.size(), "---|")))
                .append('\n');
        Row dense = comparison.dense().orElseThrow();
        line(text, dense.label(), dense, List.of(dense));
        for (String goal : comparison.goals()) {
            groups(goal)
                    .forEach(group -> group.rows().forEach(row -> line(text, label(group, row), row, peers(group))));
            absent(goal).forEach((method, why) -> text.append("| ")
                    .append(cell(method + ", " + goal))
                    .append(" | ")
                    .append(cell(why))
                    .append(" |")
                    .append(" |".repeat(columns.size() - 1))
                    .append('\n'));
        }
        return text.toString();
    }

    private void line(StringBuilder text, String label, Row row, List<Row> peers) {
        text.append("| ").append(cell(label)).append(" |");
        for (ResultColumn column : columns) {
            String value = column.measured(row) ? cell(column.text(row)) : "\u2013";
            text.append(column.best(row, peers) ? " **" + value + "** |" : " " + value + " |");
        }
        text.append('\n');
    }

    private List<Group> groups(String goal) {
        return comparison.groups().stream()
                .filter(group -> group.goal().equals(goal))
                .toList();
    }

    /** By method, why a run has left nothing to measure. */
    private Map<String, String> absent(String goal) {
        Map<String, String> absent = new LinkedHashMap<>();
        comparison.runs().stream().filter(run -> run.goal().equals(goal)).forEach(run -> run.absence()
                .ifPresent(why -> absent.put(run.method(), why)));
        return absent;
    }

    private List<Row> peers(Group group) {
        return Stream.concat(comparison.dense().stream(), group.rows().stream()).toList();
    }

    private static String label(Group group, Row row) {
        return row.label() + ", " + group.goal() + ", " + group.state();
    }

    private static String head(ResultColumn column) {
        return cell(column.group().equals(ResultColumn.SIZE) ? column.head() : column.group() + " " + column.head());
    }

    /** What would end a cell or a line, or be taken for HTML, is written otherwise. */
    private static String cell(String text) {
        return Html.escape(text).replace("|", "\\|").replaceAll("\\s+", " ").strip();
    }

    private static ResultColumn gib(Dtype dtype) {
        return plain(
                ResultColumn.SIZE,
                "GiB",
                "weights as exported",
                row -> row.parameters().isPresent() ? row.parameters().getAsLong() * dtype.bytes() / GIB : Double.NaN);
    }

    private static ResultColumn seconds() {
        return plain(
                "Work \u2193",
                "seconds",
                "of the stages that made it, without export and evaluation",
                row -> row.seconds().orElse(Double.NaN));
    }

    private static ResultColumn plain(String group, String head, String hint, Function<Row, Double> value) {
        return new ResultColumn(
                group,
                head,
                hint,
                value,
                Figures::plain,
                row -> "",
                row -> "",
                (row, other) -> Difference.UNKNOWN,
                (row, dense) -> "");
    }
}
