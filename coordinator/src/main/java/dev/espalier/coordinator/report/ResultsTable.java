package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The models that were measured, a row each, and how far they are from the first one. */
final class ResultsTable {
    private ResultsTable() {}

    static String html(List<Row> rows) {
        List<ResultColumn> columns = ResultColumn.of(rows);
        StringBuilder page = new StringBuilder("<div class=\"scroll\"><table class=\"results\">\n");
        head(page, columns);
        page.append("<tbody>\n");
        boolean compared = false;
        for (Row row : rows) {
            if (row.comparison() && !compared) {
                compared = true;
                page.append("<tr class=\"divider\"><th>for comparison</th><td colspan=\"");
                page.append(Math.max(1, columns.size())).append("\"></td></tr>\n");
            }
            row(page, row, rows, columns);
        }
        return page.append("</tbody></table></div>\n").toString();
    }

    private static void head(StringBuilder page, List<ResultColumn> columns) {
        Map<String, Integer> groups = new LinkedHashMap<>();
        columns.forEach(column -> groups.merge(column.group(), 1, Integer::sum));
        page.append("<thead><tr class=\"groups\"><th></th>");
        groups.forEach((group, span) -> {
            page.append("<th colspan=\"").append(span).append("\"><span>").append(group);
            page.append("</span></th>");
        });
        page.append("</tr>\n<tr><th></th>");
        for (ResultColumn column : columns) {
            page.append("<th title=\"").append(Html.escape(column.hint())).append("\">");
            // long paths may break at their slashes
            page.append(Html.escape(column.head()).replace("/", "/<wbr>")).append("</th>");
        }
        page.append("</tr></thead>\n");
    }

    private static void row(StringBuilder page, Row row, List<Row> rows, List<ResultColumn> columns) {
        boolean first = row.equals(rows.get(0));
        page.append(first ? "<tr class=\"dense\">" : "<tr>").append("<th scope=\"row\">");
        page.append(Html.escape(row.label())).append("</th>");
        for (ResultColumn column : columns) {
            if (column.measured(row)) {
                page.append(column.best(row, rows) ? "<td class=\"best\">" : "<td>");
                cell(page, row, rows.get(0), column);
                page.append("</td>");
            } else {
                page.append("<td class=\"none\">\u2013</td>");
            }
        }
        page.append("</tr>\n");
    }

    private static void cell(StringBuilder page, Row row, Row dense, ResultColumn column) {
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
