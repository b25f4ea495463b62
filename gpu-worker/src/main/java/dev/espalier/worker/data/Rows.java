package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import java.nio.file.Path;
import java.util.Optional;

/** The objects of a file, one at a time. */
public interface Rows extends AutoCloseable {
    /** @throws UserError if the file cannot be read */
    static Rows open(Path file) {
        return JsonLines.open(file);
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
