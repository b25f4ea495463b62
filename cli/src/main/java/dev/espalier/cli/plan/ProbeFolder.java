package dev.espalier.cli.plan;

import dev.espalier.cli.Interruption;
import dev.espalier.protocol.files.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a probe writes: a folder of its own beside that of the run, on the same disk. It goes with the probe, or the process. */
final class ProbeFolder implements AutoCloseable {
    /** What a run may write anew while its folder is deleted is little, and soon over. */
    private static final int TRIES = 20;

    private final Path path;

    private ProbeFolder(Path path) {
        this.path = path;
    }

    /**
     * @param interruption deletes it if it comes
     * @throws IOException if the disk does not let it be made
     */
    static ProbeFolder beside(Path run, Interruption interruption) throws IOException {
        Path parent = Files.createDirectories(run.toAbsolutePath().getParent());
        ProbeFolder folder = new ProbeFolder(Files.createTempDirectory(parent, run.getFileName() + ".probe-"));
        interruption.last(folder::drop);
        return folder;
    }

    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        FileTree.delete(path);
    }

    /** While the run in it goes on, which may write between the look into a folder and its end. */
    private void drop() {
        IOException last = null;
        for (int i = 0; i < TRIES && Files.exists(path); i++) {
            try {
                FileTree.delete(path);
            } catch (IOException e) {
                last = e;
            }
        }
        if (Files.exists(path)) {
            System.err.println("espalier: " + path + " is left of the probe: delete it (" + last + ")");
        }
    }
}
