package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The files that tell of a comparison: a page, a table for documents, and the same for scripts. */
public record ComparisonReport(Comparison comparison) {
    /** By it a folder is known as a comparison's. */
    public static final String JSON = "compare.json";

    public static final String PAGE = "compare.html";
    public static final String TABLE = "compare.md";

    /** Replaces each file in one step. */
    public void write(Path folder) throws IOException {
        write(folder.resolve(JSON), json().toPrettyString() + "\n");
        write(folder.resolve(TABLE), markdown());
        write(folder.resolve(PAGE), ComparisonPage.html(comparison));
    }

    /** All that was measured, as the runs' manifests have it. */
    public ObjectNode json() {
        return ComparisonJson.of(comparison);
    }

    /** The table for a terminal; empty before anything was measured. */
    public String text() {
        ComparisonTable table = ComparisonTable.of(comparison);
        return table.isEmpty() ? "" : table.text();
    }

    private String markdown() {
        ComparisonTable table = ComparisonTable.of(comparison);
        return table.isEmpty() ? "Nothing was measured yet.\n" : table.markdown();
    }

    private static void write(Path file, String text) throws IOException {
        AtomicFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
    }
}
