package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.report.ReportData.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The report's before/after table for pages that are not the report: the same columns and the same words. */
public final class ResultsJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ResultsJson() {}

    /**
     * Of a run folder, as far as the run is.
     *
     * @throws IOException if a file that is there cannot be read or is malformed
     */
    public static ObjectNode of(Path directory) throws IOException {
        List<Row> rows = ManifestFile.read(directory).rows();
        List<ResultColumn> columns = ResultColumn.of(rows);
        ObjectNode json = JSON.createObjectNode();
        json.put("report", Files.isRegularFile(directory.resolve(RunReport.REPORT)));
        ArrayNode heads = json.putArray("columns");
        columns.forEach(column -> heads.addObject()
                .put("group", column.group())
                .put("head", column.head())
                .put("hint", column.hint()));
        ArrayNode models = json.putArray("rows");
        for (Row row : rows) {
            ArrayNode cells = models.addObject().put("label", row.label()).putArray("cells");
            columns.forEach(column -> cell(cells, row, rows, column));
        }
        return json;
    }

    private static void cell(ArrayNode cells, Row row, List<Row> rows, ResultColumn column) {
        if (column.measured(row)) {
            cells.addObject()
                    .put("value", column.format().apply(column.value().apply(row)))
                    .put("error", column.error().apply(row))
                    .put("change", column.changeFrom(rows.get(0), row))
                    .put("note", column.note().apply(row))
                    .put("best", column.best(row, rows));
        } else {
            cells.addNull();
        }
    }
}
