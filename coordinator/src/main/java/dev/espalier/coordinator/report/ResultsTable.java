package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The models that were measured, a row each, and how far they are from the dense one.
 *
 * @param dense what the others are told relative to
 */
record ResultsTable(List<ResultColumn> columns, Row dense) {
    /**
     * Rows under a common head.
     *
     * @param title empty: they need none
     * @param peers the models among which the best is marked, the dense one first
     * @param absent what was not measured, and why
     */
    record Section(String title, List<Row> rows, List<Row> peers, Map<String, String> absent) {}

    /** The states of a run, and other runs below them. */
    static String html(List<Row> rows) {
        List<Section> sections = new ArrayList<>();
        sections.add(section("", rows, false));
        sections.add(section("for comparison", rows, true));
        return new ResultsTable(ResultColumn.of(rows), rows.get(0)).inSections(sections);
    }

    private static Section section(String title, List<Row> rows, boolean comparison) {
        List<Row> own =
                rows.stream().filter(row -> row.comparison() == comparison).toList();
        return new Section(title, own, rows, Map.of());
    }

    String inSections(List<Section> sections) {
        StringBuilder page = new StringBuilder("<table class=\"results\">\n");
        head(page);
        page.append("<tbody>\n");
        for (Section section : sections) {
            boolean empty = section.rows().isEmpty() && section.absent().isEmpty();
            if (!empty && !section.title().isEmpty()) {
                wide(page, "divider", section.title(), "");
            }
            section.rows().forEach(row -> row(page, row, section.peers()));
            section.absent().forEach((label, why) -> wide(page, "absent", label, why));
        }
        return Html.scrolling("results", page.append("</tbody></table>").toString());
    }

    private void head(StringBuilder page) {
        Map<String, Integer> groups = new LinkedHashMap<>();
        columns.forEach(column -> groups.merge(column.group(), 1, Integer::sum));
        page.append("<thead><tr class=\"groups\"><td></td>");
        groups.forEach((group, span) -> {
            page.append("<th scope=\"colgroup\" colspan=\"")
                    .append(span)
                    .append("\"><span>")
                    .append(group);
            page.append("</span></th>");
        });
        page.append("</tr>\n<tr><td></td>");
        for (ResultColumn column : columns) {
            page.append("<th scope=\"col\" title=\"")
                    .append(Html.escape(column.hint()))
                    .append("\">");
            // long paths may break at their slashes
            page.append(Html.escape(column.head()).replace("/", "/<wbr>")).append("</th>");
        }
        page.append("</tr></thead>\n");
    }

    /** A line of words across all columns. */
    private void wide(StringBuilder page, String style, String label, String words) {
        page.append("<tr class=\"")
                .append(style)
                .append("\"><th scope=\"row\">")
                .append(Html.escape(label));
        page.append("</th><td colspan=\"").append(Math.max(1, columns.size())).append("\">");
        page.append(Html.escape(words)).append("</td></tr>\n");
    }

    private void row(StringBuilder page, Row row, List<Row> peers) {
        page.append(row.equals(dense) ? "<tr class=\"dense\">" : "<tr>").append("<th scope=\"row\">");
        page.append(Html.escape(row.label())).append("</th>");
        for (ResultColumn column : columns) {
            if (column.measured(row)) {
                page.append(column.best(row, peers) ? "<td class=\"best\">" : "<td>");
                cell(page, row, column);
                page.append("</td>");
            } else {
                page.append("<td class=\"none\">\u2013</td>");
            }
        }
        page.append("</tr>\n");
    }

    private void cell(StringBuilder page, Row row, ResultColumn column) {
        double value = column.value().apply(row);
        page.append("<span>").append(column.format().apply(value)).append("</span>");
        small(page, "", column.error().apply(row));
        small(page, "", column.changeFrom(dense, row));
        small(page, " class=\"norm\"", column.note().apply(row));
    }

    private static void small(StringBuilder page, String attributes, String text) {
        if (!text.isEmpty()) {
            page.append("<small").append(attributes).append('>').append(text).append("</small>");
        }
    }
}
