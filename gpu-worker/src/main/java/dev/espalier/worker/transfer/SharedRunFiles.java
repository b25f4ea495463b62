package dev.espalier.worker.transfer;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The run folder itself, which this process and the coordinator both see: nothing moves.
 *
 * @param directory the run folder
 */
public record SharedRunFiles(Path directory) implements RunFiles {

    @Override
    public Path path(BlobRef blob) throws IOException {
        return BlobFolder.in(directory).path(blob);
    }

    @Override
    public Path verify(BlobRef blob) throws IOException {
        return BlobFolder.in(directory).verify(blob);
    }

    @Override
    public BlobRef put(AtomicFiles.Writer writer) throws IOException {
        return BlobFolder.in(directory).put(writer);
    }

    @Override
    public void fetch(List<Artefact> artefacts) {
        // They are where the earlier stage left them.
    }

    @Override
    public void deliver(List<Artefact> artefacts) {
        // The coordinator finds them where they are.
    }

    @Override
    public void close() {
        // Everything here is the run's.
    }
}
