package dev.espalier.cli;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder for what a command writes, which was empty before: what fails leaves nothing in it, so that the same command
 * can be given again.
 *
 * @param made whether it was not there before
 */
record NewFolder(Path path, boolean made) {
    private static final Logger LOG = LoggerFactory.getLogger(NewFolder.class);

    /**
     * Makes it, or takes one in which there is nothing but what a killed write left.
     *
     * @throws UserError if there is something in it
     */
    static NewFolder claim(Path path) throws IOException {
        if (!Files.exists(path)) {
            return new NewFolder(Files.createDirectories(path).toRealPath(), true);
        }
        if (!Files.isDirectory(path)) {
            throw new UserError(path + " is a file: give a new or empty folder with --out");
        }
        // Before anything is dropped: what is somebody's loses nothing, not even what is being written at this moment.
        try (Stream<Path> children = Files.list(path)) {
            if (!children.allMatch(AtomicFiles::isLeftover)) {
                throw new UserError(path + " is not empty: give a new or empty folder with --out");
            }
        }
        AtomicFiles.dropLeftovers(path, Instant.now());
        return new NewFolder(path.toRealPath(), false);
    }

    /** Deletes what was written into it, as far as it can be: what made this necessary is what is to be told. */
    void undo() {
        try (Stream<Path> files = Files.walk(path)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                if (made || !file.equals(path)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("cannot delete what was written into {}: {}", path, e.getMessage());
        }
    }
}
