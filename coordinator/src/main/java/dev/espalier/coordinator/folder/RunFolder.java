package dev.espalier.coordinator.folder;

import dev.espalier.coordinator.state.Manifest;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.Task;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.BlobFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a run keeps up to date in its folder while it goes on: manifest, metrics, an event file of them, blobs. */
public final class RunFolder implements Closeable {
    private final Path directory;
    private final BlobFolder blobs;
    private final MetricsLog metrics;
    private final Optional<EventFile> events;

    /** @param tensorboard whether an event file is kept beside the metrics; otherwise none is left there */
    public RunFolder(Path directory, boolean tensorboard) throws IOException {
        this.directory = directory;
        blobs = BlobFolder.in(directory);
        Path log = directory.resolve(RunLayout.METRICS);
        metrics = MetricsLog.open(log);
        if (tensorboard) {
            events = Optional.of(EventFile.beside(log));
        } else {
            events = Optional.empty();
            EventFile.delete(directory);
        }
    }

    public BlobFolder blobs() {
        return blobs;
    }

    public Path directory() {
        return directory;
    }

    public void writeManifest(RunState state) throws IOException {
        writeManifest(directory, Manifest.of(state));
    }

    /** Writes the manifest of a run that is not at work, unless it is right already. */
    public static void correctManifest(Path directory, RunState state) throws IOException {
        Path file = directory.resolve(RunLayout.MANIFEST);
        String right = Manifest.of(state);
        if (!Files.exists(file) || !right.equals(Files.readString(file))) {
            writeManifest(directory, right);
        }
    }

    private static void writeManifest(Path directory, String content) throws IOException {
        AtomicFiles.write(directory.resolve(RunLayout.MANIFEST), content.getBytes(StandardCharsets.UTF_8));
    }

    /** Workers read it to know that a folder is this run's. */
    public void writeConfig(String config) throws IOException {
        AtomicFiles.write(directory.resolve(RunLayout.CONFIG), config.getBytes(StandardCharsets.UTF_8));
    }

    public void append(StepMetrics step, Instant at) throws IOException {
        StepLine line = new StepLine(at, step);
        metrics.append(line);
        if (events.isPresent()) {
            events.get().append(line);
        }
    }

    /** Forgets the metrics of a stage from that step on, and of all after it. */
    public void rewindMetrics(Stage stage, int step) throws IOException {
        told(metrics.rewind(stage.word(), step));
    }

    /** Forgets the metrics of steps that are about to be taken again. */
    public void forgetMetrics(Stage stage, int firstStep, int steps) throws IOException {
        told(metrics.forget(stage.word(), firstStep, firstStep + steps));
    }

    private void told(boolean changed) throws IOException {
        if (changed && events.isPresent()) {
            events.get().follow();
        }
    }

    /**
     * Deletes the blobs that the run refers to no more. Others are left alone: a worker may just have written them.
     *
     * @param keep newest student versions to keep besides those that notes name
     */
    public void dropOldVersions(RunState before, RunState after, int keep) throws IOException {
        Set<BlobRef> dropped = referenced(before, keep);
        dropped.removeAll(referenced(after, keep));
        for (BlobRef blob : dropped) {
            blobs.delete(blob);
        }
    }

    /**
     * Deletes what an interruption before {@code limit} left: blobs that no event names, and halves of files.
     *
     * @param writing whether a worker may be at a model, with many files: for hours, each of them written or sent only once,
     *     and named when all are there. Then nothing is deleted
     */
    public void dropOrphans(RunState state, int keep, Instant limit, boolean writing) throws IOException {
        if (!writing) {
            AtomicFiles.dropLeftovers(directory, limit);
            blobs.retain(referenced(state, keep), limit);
        }
    }

    /**
     * Whether a student version is kept.
     *
     * @param keep newest student versions to keep besides those that notes name
     */
    public static boolean keeps(RunState state, int version, int keep) {
        return version > 0
                && version <= state.students().size()
                && referenced(state, keep).contains(state.students().get(version - 1));
    }

    private static Set<BlobRef> referenced(RunState state, int keep) {
        List<BlobRef> students = state.students();
        Set<BlobRef> blobs = new HashSet<>(students.subList(Math.max(0, students.size() - keep), students.size()));
        blobs.addAll(state.kept());
        state.stages().forEach(record -> {
            record.student().ifPresent(blobs::add);
            record.outer().ifPresent(blobs::add);
            record.lanes().forEach(lane -> blobs.add(lane.moments()));
            record.open().stream().filter(Task::inFlight).forEach(task -> state.base(task.slice())
                    .ifPresent(blobs::add));
            record.artefacts().forEach(artefact -> blobs.add(new BlobRef(artefact.sha256(), artefact.bytes())));
        });
        return blobs;
    }

    @Override
    public void close() throws IOException {
        metrics.close();
        if (events.isPresent()) {
            events.get().close();
        }
    }
}
