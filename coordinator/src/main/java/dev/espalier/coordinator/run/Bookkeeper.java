package dev.espalier.coordinator.run;

import dev.espalier.coordinator.blobs.ArtefactIntake;
import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.folder.RunFolder;
import dev.espalier.coordinator.merge.SampleMerger;
import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.ExportedFiles;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the folder of a run as its journal says, from the first time that something is to be kept. Part of the actor
 * {@link Run}: no other thread calls it. A folder that cannot be written stops the run by an {@link UncheckedIOException}:
 * the journal knows where to go on.
 */
final class Bookkeeper implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Bookkeeper.class);
    private static final Duration MANIFEST_INTERVAL = Duration.ofSeconds(1);

    private final Run.Setup setup;
    private final RunDecisions decisions;
    private final TimerScheduler<? super Run.Due> timers;
    private final Duration grace;
    private final Instant begun;
    private final long begunNanos = System.nanoTime();
    private Optional<RunFolder> opened = Optional.empty();
    private boolean manifestIsOld;

    /** @param grace how long a blob is kept that no event names, as one that is just uploaded */
    Bookkeeper(Run.Setup setup, RunDecisions decisions, TimerScheduler<? super Run.Due> timers, Duration grace) {
        this.setup = setup;
        this.decisions = decisions;
        this.timers = timers;
        this.grace = grace;
        begun = setup.clock().instant();
        if (setup.dataPlane().isPresent()) {
            // Workers upload what nobody refers to in the end.
            timers.startTimerWithFixedDelay(Run.Due.ORPHANS, grace);
        }
    }

    /** Where the run folder is, to be told to workers. */
    String directory(RunState state) {
        return perform(() -> folder(state).directory().toString());
    }

    StudentMerger merger(RunState state) {
        return perform(() -> new StudentMerger(folder(state).blobs(), decisions.aggregator(state)));
    }

    SampleMerger sampleMerger(RunState state) {
        return perform(() -> new SampleMerger(folder(state).blobs()));
    }

    /** What workers uploaded gets its place in the run folder; what is wrong with it, if something is. */
    Optional<String> take(RunState state, WorkResult result) {
        return setup.dataPlane().isEmpty() || result.artefacts().isEmpty()
                ? Optional.empty()
                : perform(() -> new ArtefactIntake(folder(state).directory()).take(result.artefacts()));
    }

    void append(RunState state, StepMetrics step, Instant at) {
        run(() -> folder(state).append(step, at));
    }

    /** Forgets the metrics of steps that are about to be taken again. */
    void forget(RunState state, Stage stage, Slice slice) {
        run(() -> folder(state).forgetMetrics(stage, slice.firstStep(), slice.steps()));
    }

    /** What events that are in the journal change in the folder. */
    void happened(RunState before, List<RunEvent> events, RunState after) {
        if (!after.exists()) {
            leave();
            return;
        }
        run(() -> {
            for (RunEvent event : events) {
                if (event instanceof RunEvent.Submitted submitted) {
                    // An earlier submit that came to nothing may have left another.
                    folder(after).writeConfig(submitted.config());
                }
                if (event instanceof RunEvent.Reconfigured reconfigured) {
                    // What is kept may be a setting that changed.
                    close();
                    opened = Optional.empty();
                    folder(after).writeConfig(reconfigured.config());
                }
                if (event instanceof RunEvent.StageReset reset) {
                    folder(after).rewindMetrics(reset.stage(), 0);
                } else if (event instanceof RunEvent.StageRewound rewound) {
                    int step = after.stage(rewound.stage()).orElseThrow().cursor();
                    folder(after).rewindMetrics(rewound.stage(), step);
                }
            }
            rememberExported(before, after);
            folder(after).dropOldVersions(before, after, keep(after));
            boolean routine = events.stream()
                    .allMatch(event -> event instanceof RunEvent.Merged || event instanceof RunEvent.Assigned);
            writeManifest(after, routine);
        });
    }

    /** The manifest forgets what a stage made that is done again. */
    private void rememberExported(RunState before, RunState after) throws IOException {
        Set<String> forgotten = artefacts(before);
        forgotten.removeAll(artefacts(after));
        if (!forgotten.isEmpty()) {
            ExportedFiles.of(folder(after).directory()).addPaths(forgotten);
        }
    }

    private static Set<String> artefacts(RunState state) {
        return state.stages().stream()
                .flatMap(record -> record.artefacts().stream())
                .map(Artefact::path)
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** The run was removed: its folder will be deleted. */
    private void leave() {
        close();
        opened = Optional.empty();
        manifestIsOld = false;
        timers.cancel(Run.Due.MANIFEST);
    }

    /** Makes the folder what the journal says, of which an interruption may have kept it. */
    void recovered(RunState state) {
        run(() -> folder(state).writeConfig(state.config()));
        dropOrphans(state);
    }

    /** A run that is over is left alone; but a kill may have come before its manifest said so. */
    void over(RunState state) {
        Path directory = setup.directories().apply(state.directory());
        try {
            if (Files.isDirectory(directory)) {
                RunFolder.correctManifest(directory, state);
            }
        } catch (IOException e) {
            LOG.warn("the manifest of run {} cannot be written", state.run(), e);
        }
    }

    /** Writes the manifest if it waits for it; {@link Run.Due#MANIFEST} is due. */
    void catchUp(RunState state) {
        if (manifestIsOld) {
            run(() -> writeManifest(state, true));
        }
    }

    /** However fast results are merged, the manifest is written once a second; for all else, at once. */
    private void writeManifest(RunState state, boolean routine) throws IOException {
        manifestIsOld = routine && timers.isTimerActive(Run.Due.MANIFEST);
        if (!manifestIsOld) {
            folder(state).writeManifest(state);
            timers.startSingleTimer(Run.Due.MANIFEST, Run.Due.MANIFEST, MANIFEST_INTERVAL);
        }
    }

    /** Deletes what was left long ago and no event names; {@link Run.Due#ORPHANS} is due. */
    void dropOrphans(RunState state) {
        boolean training = isReadable(state)
                && state.inFlight().stream()
                        .allMatch(key -> decisions.work(state, key).inSteps());
        run(() -> folder(state).dropOrphans(state, keep(state), orphanLimit(), !training));
    }

    /**
     * What nobody refers to may be deleted if it is older. Counted back from the time that files are given, but not from
     * a leap of it: files that have just come would seem old.
     */
    private Instant orphanLimit() {
        Instant now = setup.clock().instant();
        Instant steady = begun.plusNanos(System.nanoTime() - begunNanos);
        return (now.isBefore(steady) ? now : steady).minus(grace);
    }

    private int keep(RunState state) {
        return isReadable(state) ? decisions.config(state).checkpoint().keep() : Integer.MAX_VALUE;
    }

    /** What a run lays up is kept as it is by a version that cannot read its configuration. */
    private boolean isReadable(RunState state) {
        return decisions.unreadable(state).isEmpty();
    }

    private RunFolder folder(RunState state) throws IOException {
        if (opened.isEmpty()) {
            opened = Optional.of(new RunFolder(
                    setup.directories().apply(state.directory()),
                    !isReadable(state) || decisions.config(state).metrics().tensorboard()));
        }
        return opened.get();
    }

    @Override
    public void close() {
        run(() -> {
            if (opened.isPresent()) {
                opened.get().close();
            }
        });
    }

    private interface Write {
        void run() throws IOException;
    }

    private interface Io<T> {
        T run() throws IOException;
    }

    private void run(Write write) {
        perform(() -> {
            write.run();
            return this;
        });
    }

    private <T> T perform(Io<T> io) {
        try {
            return io.run();
        } catch (IOException e) {
            setup.listener().broken(e);
            throw new UncheckedIOException("the run folder cannot be written: " + e.getMessage(), e);
        }
    }
}
