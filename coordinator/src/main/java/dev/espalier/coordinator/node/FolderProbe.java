package dev.espalier.coordinator.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether runs can write to their folders: a full disk takes a journal's event longer than it takes a student. */
final class FolderProbe {
    private static final String NAME = ".probe";

    /** About what a run writes at once besides its students: manifest, metrics. */
    private static final int BYTES = 64 * 1024;

    private final Path file;

    /** @param folder on the disk of the run folders */
    FolderProbe(Path folder) {
        file = folder.resolve(NAME);
    }

    /** @return what keeps runs from writing, in one line; empty if nothing does */
    synchronized Optional<String> unwritable() {
        try {
            try {
                Files.write(file, new byte[BYTES]);
            } finally {
                Files.deleteIfExists(file);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("the run folders in " + file.getParent() + " cannot be written: " + e.getMessage());
        }
    }
}
