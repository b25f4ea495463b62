package dev.espalier.cli.compare;

import dev.espalier.coordinator.journal.FolderLock;
import dev.espalier.coordinator.report.ComparisonReport;
import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Whether a comparison may have its folder. */
final class ComparisonFolder {
    private ComparisonFolder() {}

    /**
     * Changes nothing.
     *
     * @throws UserError if it holds something else
     */
    static void check(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        if (!Files.isDirectory(folder)) {
            throw new UserError(folder + " is a file, not a folder: use another --out");
        }
        try (Stream<Path> files = Files.list(folder)) {
            boolean fresh = files.map(file -> file.getFileName().toString()).allMatch(name -> name.startsWith("."));
            if (!fresh && !Files.isRegularFile(folder.resolve(ComparisonReport.JSON))) {
                throw new UserError(folder + " is not empty and holds no comparison: use another --out");
            }
        }
    }

    /**
     * Creates the folder if it is not there, and holds it for this process.
     *
     * @throws UserError if another process compares in it, or it cannot be created
     */
    static FolderLock claim(Path folder) throws IOException {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UserError("the folder " + folder + " cannot be created (" + e + "): use another --out", e);
        }
        return FolderLock.take(folder, "another process compares in " + folder + ": wait for it, or use another --out");
    }
}
