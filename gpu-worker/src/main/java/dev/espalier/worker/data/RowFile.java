package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.files.JsonLines;
import dev.espalier.worker.data.files.Rows;
import dev.espalier.worker.data.files.TextFormat;
import dev.espalier.worker.data.parquet.ParquetRows;
import java.nio.file.Path;

/** A file of objects, in whichever format its name tells. */
public final class RowFile {
    private RowFile() {}

    /**
     * @param field that will be asked for: of a format with columns, no other is read
     * @param remedy a sentence for who has named one that is not there
     * @throws UserError if the file cannot be read, or has columns and none of that name
     */
    public static Rows open(Path file, String field, String remedy) {
        return TextFormat.of(file)
                        .filter(format -> format.layout() == TextFormat.Layout.PARQUET)
                        .isPresent()
                ? ParquetRows.open(file, field, remedy)
                : JsonLines.open(file);
    }
}
