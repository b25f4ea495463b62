package dev.espalier.methods.toy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Lets a test stop work at a point: it stands still there as long as a file of that name is in a folder. */
final class Hold {
    static final String FOLDER = "espalier.test.hold";
    private static final String REACHED = ".reached";

    private Hold() {}

    /** The file that tells that the point is reached. */
    static Path reached(Path folder, String point) {
        return folder.resolve(point + REACHED);
    }

    static void at(String point) {
        Path folder = Path.of(System.getProperty(FOLDER, ""));
        while (Files.exists(folder.resolve(point))) {
            try {
                Files.createFile(reached(folder, point));
            } catch (FileAlreadyExistsException e) {
                // It was there at the last look, too.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("stopped", e);
        }
    }
}
