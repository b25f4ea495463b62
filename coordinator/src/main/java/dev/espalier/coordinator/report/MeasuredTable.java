package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A table that a stage's work measured, whatever it is of: {@code {"title", "note", "columns": [..], "rows": [[..], ..]}}.
 *
 * @param rows of numbers and words, as many as there are columns; null: none
 */
record MeasuredTable(String title, String note, List<String> columns, List<List<JsonNode>> rows) {
    static MeasuredTable read(JsonNode table) {
        List<String> columns = new ArrayList<>();
        table.path("columns").forEach(column -> columns.add(column.asText()));
        List<List<JsonNode>> rows = new ArrayList<>();
        for (JsonNode row : table.path("rows")) {
            List<JsonNode> cells = new ArrayList<>();
            row.forEach(cells::add);
            rows.add(cells);
        }
        return new MeasuredTable(
                table.path("title").asText(), table.path("note").asText(), columns, rows);
    }

    String html() {
        StringBuilder page = new StringBuilder("<table class=\"stages\"><thead><tr>");
        columns.forEach(column ->
                page.append("<th scope=\"col\">").append(Html.escape(column)).append("</th>"));
        page.append("</tr></thead><tbody>\n");
        for (List<JsonNode> row : rows) {
            page.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                String cell = cell(row.get(i));
                page.append(i == 0 ? "<th scope=\"row\">" + cell + "</th>" : "<td>" + cell + "</td>");
            }
            page.append("</tr>\n");
        }
        return Html.scrolling(title, page.append("</tbody></table>").toString());
    }

    private static String cell(JsonNode value) {
        if (value.isNull()) {
            return "\u2013";
        } else if (value.isIntegralNumber()) {
            return value.asText();
        }
        return value.isNumber() ? Figures.plain(value.asDouble()) : Html.escape(value.asText());
    }
}
