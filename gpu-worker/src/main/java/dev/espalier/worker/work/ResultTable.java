package dev.espalier.worker.work;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A table among what a leg measured ({@code "tables"}), which manifest and report show. */
public final class ResultTable {
    private final ArrayNode rows;

    private ResultTable(ArrayNode rows) {
        this.rows = rows;
    }

    /**
     * Adds one without rows, behind those that are there.
     *
     * @param measurements of the leg; changed
     * @param note what the numbers mean, with their unit where the columns do not say it
     */
    public static ResultTable in(ObjectNode measurements, String title, String note, String... columns) {
        ObjectNode table = measurements.withArray("tables").addObject();
        table.put("title", title).put("note", note);
        ArrayNode heads = table.putArray("columns");
        for (String column : columns) {
            heads.add(column);
        }
        return new ResultTable(table.putArray("rows"));
    }

    /** A row with a word for its first column; what is no number becomes null. */
    public void row(String first, double... values) {
        numbers(rows.addArray().add(first), values);
    }

    /** A row with a count for its first column. */
    public void row(int first, double... values) {
        numbers(rows.addArray().add(first), values);
    }

    /** A row of counts. */
    public void counts(int... values) {
        ArrayNode row = rows.addArray();
        for (int value : values) {
            row.add(value);
        }
    }

    private static void numbers(ArrayNode row, double... values) {
        for (double value : values) {
            if (Double.isFinite(value)) {
                row.add(value);
            } else {
                row.addNull();
            }
        }
    }
}
