package dev.espalier.cli;

import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Whether a run may have its folder. */
final class RunFolders {
    private RunFolders() {}

    /**
     * Creates the folder, if it is not there.
     *
     * @throws UserError if it holds another run or something else, or cannot be created
     */
    static void claim(ResolvedRun run) throws IOException {
        check(run);
        try {
            Files.createDirectories(run.directory());
        } catch (IOException e) {
            if (DiskFull.causes(e)) {
                throw e;
            }
            throw new UserError(
                    "the run folder " + run.directory() + " cannot be created (" + e + "): use another --out", e);
        }
    }

    /**
     * Changes nothing.
     *
     * @throws UserError as {@link #claim}
     */
    static void check(ResolvedRun run) throws IOException {
        Path directory = run.directory();
        if (!Files.exists(directory)) {
            return;
        }
        if (!Files.isDirectory(directory)) {
            throw new UserError(directory + " is a file, not a folder: use another --out");
        }
        Path stored = directory.resolve(RunLayout.CONFIG);
        if (Files.isRegularFile(stored)) {
            if (ConfigChange.of(Files.readString(stored), run.text()).renames()) {
                throw new UserError(directory + " holds a run of another name: use another --out");
            }
        } else if (!fresh(directory)) {
            throw new UserError(directory + " is not empty and holds no run: use another --out");
        }
    }

    /** Empty, or with what a start that went no further leaves behind: a lock, a log, a temporary file. */
    private static boolean fresh(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .allMatch(name -> name.startsWith(".") || name.equals(RunLog.NAME));
        }
    }
}
