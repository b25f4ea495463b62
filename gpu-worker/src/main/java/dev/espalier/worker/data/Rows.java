package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.data.parquet.ParquetRows;
import java.nio.file.Path;
import java.util.Optional;

/** The objects of a file, one at a time. */
public interface Rows extends AutoCloseable {
    /**
     * @param field that will be asked for: of a format with columns, no other is read
     * @param remedy a sentence for who has named one that is not there
     * @throws UserError if the file cannot be read, or has columns and none of that name
     */
    static Rows open(Path file, String field, String remedy) {
        return TextFormat.of(file)
                        .filter(format -> format.layout() == TextFormat.Layout.PARQUET)
                        .isPresent()
                ? ParquetRows.open(file, field, remedy)
                : JsonLines.open(file);
    }

    /**
     * The next object; empty at the end of the file.
     *
     * @throws UserError that names file and place of what cannot be read
     */
    Optional<Row> next();

    @Override
    void close();
}
