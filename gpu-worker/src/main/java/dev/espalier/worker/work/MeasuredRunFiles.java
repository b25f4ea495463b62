package dev.espalier.worker.work;

import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.worker.transfer.RunFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A run's files, with the time that work waits for their blobs told. */
record MeasuredRunFiles(RunFiles files, BlobMeters meters) implements RunFiles {

    @Override
    public BlobRef put(AtomicFiles.Writer writer) throws IOException {
        long start = System.nanoTime();
        BlobRef blob = files.put(writer);
        meters.moved(BlobMeters.Operation.WRITE, blob.bytes(), since(start));
        return blob;
    }

    @Override
    public Path verify(BlobRef blob) throws IOException {
        long start = System.nanoTime();
        Path file = files.verify(blob);
        meters.moved(BlobMeters.Operation.READ, blob.bytes(), since(start));
        return file;
    }

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Override
    public Path path(BlobRef blob) throws IOException {
        return files.path(blob);
    }

    @Override
    public void fetch(List<Artefact> artefacts) throws IOException {
        files.fetch(artefacts);
    }

    @Override
    public void deliver(List<Artefact> artefacts) throws IOException {
        files.deliver(artefacts);
    }

    @Override
    public Path directory() {
        return files.directory();
    }

    @Override
    public void close() throws IOException {
        files.close();
    }
}
