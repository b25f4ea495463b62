package dev.espalier.worker.transfer;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.ContainedPath;
import dev.espalier.worker.checkpoint.FileHashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A run whose folder only the coordinator sees: student versions in a cache that outlives the run, files of stages in
 * a folder in the run folder's place.
 */
public final class RemoteRunFiles implements RunFiles {
    private final String run;
    private final Path directory;
    private final BlobClient client;
    private final BlobCache cache;
    private final FileHashes hashes;

    /**
     * @param run its name
     * @param directory takes the run folder's place; made here, for this process alone, and deleted at the end
     */
    public RemoteRunFiles(String run, Path directory, BlobClient client, BlobCache cache) throws IOException {
        this.run = run;
        this.directory = Files.createDirectories(directory);
        this.client = client;
        this.cache = cache;
        hashes = new FileHashes(directory.resolve(".hashes"));
    }

    @Override
    public Path directory() {
        return directory;
    }

    @Override
    public Path path(BlobRef blob) throws IOException {
        return cache.path(blob, blobs -> client.fetch(run, blob, blobs));
    }

    @Override
    public Path verify(BlobRef blob) throws IOException {
        return cache.verify(blob, blobs -> client.fetch(run, blob, blobs));
    }

    @Override
    public BlobRef put(AtomicFiles.Writer writer) throws IOException {
        BlobRef blob = cache.put(writer);
        client.put(run, blob, path(blob));
        return blob;
    }

    @Override
    public void fetch(List<Artefact> artefacts) throws IOException {
        // What the work before had asked for, nobody reads any more.
        cache.shrink();
        BlobFolder arriving = BlobFolder.in(directory);
        for (Artefact artefact : artefacts) {
            Path file = ContainedPath.resolve(directory, artefact.path());
            if (!isThere(file, artefact)) {
                BlobRef blob = new BlobRef(artefact.sha256(), artefact.bytes());
                client.fetch(run, blob, arriving);
                AtomicFiles.link(arriving.path(blob), file);
                arriving.delete(blob);
            }
        }
    }

    private boolean isThere(Path file, Artefact artefact) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == artefact.bytes()
                && hashes.sha256(file).equals(artefact.sha256());
    }

    @Override
    public void deliver(List<Artefact> artefacts) throws IOException {
        for (Artefact artefact : artefacts) {
            BlobRef blob = new BlobRef(artefact.sha256(), artefact.bytes());
            if (!artefact.path().equals(BlobFolder.pathInRun(blob))) {
                client.put(run, blob, ContainedPath.resolve(directory, artefact.path()));
            }
        }
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
