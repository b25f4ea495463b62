package dev.espalier.cli;

import dev.espalier.coordinator.journal.FolderLock;
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
 * A folder for what a command writes, which was empty before and is held against others until the command ends: what fails
 * leaves nothing in it, so that the same command can be given again.
 *
 * @param made whether it was not there before
 * @param lock that holds it; its file lies in the folder as long
 */
record NewFolder(Path path, boolean made, FolderLock lock) {
    private static final Logger LOG = LoggerFactory.getLogger(NewFolder.class);

    /**
     * Makes it, or takes one in which there is nothing but what a killed write left.
     *
     * @throws UserError if there is something in it, or another process writes into it
     */
    static NewFolder claim(Path path) throws IOException {
        boolean made = !Files.exists(path);
        if (!made && !Files.isDirectory(path)) {
            throw new UserError(path + " is a file: give a new or empty folder with --out");
        }
        Path folder = Files.createDirectories(path).toRealPath();
        requireEmpty(path);
        FolderLock lock = FolderLock.take(
                folder, "another process writes into " + path + ": wait for it, or give another folder with --out");
        NewFolder claimed = new NewFolder(folder, made, lock);
        try {
            // Who held it until now may have left something.
            requireEmpty(path);
            AtomicFiles.dropLeftovers(folder, Instant.now());
            return claimed;
        } catch (IOException | UserError e) {
            claimed.release();
            throw e;
        }
    }

    /** Before anything is dropped: what is somebody's loses nothing, not even what is being written at this moment. */
    private static void requireEmpty(Path path) throws IOException {
        try (Stream<Path> children = Files.list(path)) {
            if (!children.allMatch(child -> AtomicFiles.isLeftover(child) || isLock(child))) {
                throw new UserError(path + " is not empty: give a new or empty folder with --out");
            }
        }
    }

    private static boolean isLock(Path file) {
        return file.getFileName().toString().equals(FolderLock.NAME);
    }

    /** What was written stays. */
    void release() throws IOException {
        Files.deleteIfExists(path.resolve(FolderLock.NAME));
        lock.close();
    }

    /** Deletes what was written into it, as far as it can be: what made this necessary is what is to be told. */
    void undo() {
        try (Stream<Path> files = Files.walk(path)) {
            List<Path> deepestFirst = files.filter(file -> !isLock(file) && !file.equals(path))
                    .sorted(Comparator.reverseOrder())
                    .toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
            release();
            if (made) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("cannot delete what was written into {}: {}", path, e.getMessage());
        }
    }
}
