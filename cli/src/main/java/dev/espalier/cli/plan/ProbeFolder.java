package dev.espalier.cli.plan;

import dev.espalier.protocol.files.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a probe writes: a folder of its own beside that of the run, on the same disk. It goes with the probe, or the process. */
final class ProbeFolder implements AutoCloseable {
    private final Path path;
    private final Thread interrupted = new Thread(this::drop, "probe-interrupted");

    private ProbeFolder(Path path) {
        this.path = path;
        Runtime.getRuntime().addShutdownHook(interrupted);
    }

    /** @throws IOException if the disk does not let it be made */
    static ProbeFolder beside(Path run) throws IOException {
        Path parent = Files.createDirectories(run.toAbsolutePath().getParent());
        return new ProbeFolder(Files.createTempDirectory(parent, run.getFileName() + ".probe-"));
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException e) {
            // The process is ending: the hook deletes it.
            return;
        }
        FileTree.delete(path);
    }

    private void drop() {
        try {
            FileTree.delete(path);
        } catch (IOException e) {
            // The run in it may still have written: whoever interrupted it can delete the rest.
            System.err.println("espalier: " + path + " is left of the probe: delete it (" + e.getMessage() + ")");
        }
    }
}
