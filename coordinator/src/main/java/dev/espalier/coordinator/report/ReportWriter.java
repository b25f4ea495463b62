package dev.espalier.coordinator.report;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.monitoring.logs.LoggedRun;
import dev.espalier.protocol.RunEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a run's report, and the card of the model that it exported, when the run ends: also after a restart, if there
 * was no time before. The run is not kept waiting, and does not fail if its report cannot be written: the log says so.
 */
public final class ReportWriter implements RunListener {
    private static final Logger LOG = LoggerFactory.getLogger(ReportWriter.class);

    private final String run;
    private final Executor disk;
    private Optional<Path> directory = Optional.empty();

    /** One after the other: the last is the newest. */
    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);

    /** @param disk may block */
    public ReportWriter(String run, Executor disk) {
        this.run = run;
        this.disk = disk;
    }

    @Override
    public void changed(RunState state, List<RunEvent> events) {
        if (state.exists()) {
            directory = Optional.of(Path.of(state.directory()));
        }
        boolean over = state.phase() == RunPhase.COMPLETED || state.phase() == RunPhase.FAILED;
        if (events.isEmpty() && over && isOutdated(state)) {
            write();
        }
        if (events.stream().anyMatch(RunEvent.Removed.class::isInstance)) {
            // Whoever removes the run deletes its folder next: nothing of it may be written after that.
            writing.join();
        }
    }

    /** Whether there is no report, or one of an earlier end: a kill may have come before that of the last. */
    private boolean isOutdated(RunState state) {
        Instant ended = state.stages().stream()
                .flatMap(record -> record.ended().stream())
                .max(Comparator.naturalOrder())
                .orElse(Instant.MIN);
        try {
            Path report = directory.orElseThrow().resolve(RunReport.REPORT);
            return Files.getLastModifiedTime(report).toInstant().isBefore(ended);
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void ended(RunOutcome outcome) {
        write();
    }

    private void write() {
        Path folder = directory.orElseThrow();
        writing = writing.thenRunAsync(LoggedRun.inherited(() -> write(folder)), disk);
    }

    private void write(Path folder) {
        try {
            RunReport.read(folder, List.of()).write(folder);
        } catch (IOException | RuntimeException e) {
            LOG.warn("the report of run {} cannot be written", run, e);
        }
    }
}
