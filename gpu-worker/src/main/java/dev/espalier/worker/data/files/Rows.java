package dev.espalier.worker.data.files;

import dev.espalier.protocol.UserError;
import java.util.Optional;

/** The objects of a file, one at a time. */
public interface Rows extends AutoCloseable {
    /**
     * The next object; empty at the end of the file.
     *
     * @throws UserError that names file and place of what cannot be read
     */
    Optional<Row> next();

    @Override
    void close();
}
