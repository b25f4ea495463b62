package dev.espalier.coordinator.node;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunMetrics;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.RunMeters;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.RunConfigReader;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Measures a run from when its configuration is known, and anew when it gets another: a cluster's run comes with its first
 * events.
 */
final class MonitoredRun implements RunListener {
    private final Meters meters;
    private final StageKinds kinds;
    private final RunMeters standing;
    private RunListener metrics = RunListener.NONE;

    MonitoredRun(Meters meters, StageKinds kinds, String run) {
        this.meters = meters;
        this.kinds = kinds;
        standing = new RunMeters(meters, run);
    }

    @Override
    public void changed(RunState state, List<RunEvent> events) {
        if (events.stream().anyMatch(RunEvent.Removed.class::isInstance)) {
            standing.removed();
            metrics = RunListener.NONE;
            return;
        }
        boolean another = events.stream()
                .anyMatch(event -> event instanceof RunEvent.Submitted || event instanceof RunEvent.Reconfigured);
        if (state.exists() && (another || metrics == RunListener.NONE)) {
            standing.only(
                    state.stages().stream().map(record -> record.stage().word()).toList());
            if (metrics instanceof RunMetrics before) {
                before.discard();
            }
            metrics = measuring(state);
        }
        metrics.changed(state, events);
        if (metrics == RunListener.NONE && state.exists()) {
            standing.state(state.phase());
            state.stages()
                    .forEach(record -> standing.stage(
                            record.stage().word(), record.state(), record.steps(), record.started(), record.ended()));
        }
    }

    /** What can be told of the run: how it stands, if its configuration is of a version that writes others. */
    private RunListener measuring(RunState state) {
        try {
            StagePlan plan = new StagePlan(RunConfigReader.parse(state.config()), kinds);
            return new RunMetrics(meters, plan, InstantSource.system());
        } catch (UserError e) {
            return RunListener.NONE;
        }
    }

    @Override
    public void stepped(StepMetrics step) {
        metrics.stepped(step);
    }

    @Override
    public void progressed(Stage stage, long done, long total, String what) {
        metrics.progressed(stage, done, total, what);
    }

    /** Also before the run has said how it stands: that is when files are inspected after a restart. */
    @Override
    public void damaged(Stage stage, String cause) {
        standing.damaged(stage.word(), Instant.now());
    }

    /** Also one that could not even be read. */
    @Override
    public void broken(Throwable cause) {
        standing.broken(RunPhase.values());
    }

    @Override
    public void journalled(Duration took) {
        metrics.journalled(took);
    }

    @Override
    public void blended(int staleness, Duration took) {
        metrics.blended(staleness, took);
    }

    @Override
    public void stale(Worker.Report report) {
        metrics.stale(report);
    }
}
