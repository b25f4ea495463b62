package dev.espalier.coordinator.listener;

import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Worker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Hears what a run does, for progress bars and the like. Called on the run's own thread, in the order things happen:
 * return quickly, and do not throw.
 */
public interface RunListener {
    RunListener NONE = new RunListener() {};

    /**
     * A stage changed its state. When an interrupted run goes on, this first tells the stages that are over and the
     * one that was running.
     *
     * @param cause why a stage failed or is done again; empty otherwise
     */
    default void stageChanged(Stage stage, StageState state, String cause) {}

    default void stepped(StepMetrics metrics) {}

    /** Progress of work that is not training: {@code done} of {@code total} of what {@code what} says. */
    default void progressed(Stage stage, long done, long total, String what) {}

    /**
     * Nobody works for the running run, or nothing is told by those who do.
     *
     * @param waiting what it waits for; empty: it goes on
     */
    default void waits(Optional<String> waiting) {}

    /** An attempt failed and will be repeated. */
    default void attemptFailed(Stage stage, int attempt, String cause) {}

    /**
     * Events are in the journal, and led to {@code state}. After a restart it is first told with no events how the
     * run stands.
     */
    default void changed(RunState state, List<RunEvent> events) {}

    /** The journal took so long to hold a batch of events. */
    default void journalled(Duration took) {}

    /**
     * A result was merged with those of other workers.
     *
     * @param staleness versions that had been made since the one it started from
     */
    default void blended(int staleness, Duration took) {}

    /** A file that the run relies on, left by that stage, is missing or is not what it was. */
    default void damaged(Stage stage, String cause) {}

    /** A report came when nobody waited for it any more. */
    default void stale(Worker.Report report) {}

    /** The run has completed, failed or been cancelled. */
    default void ended(RunOutcome outcome) {}

    /** The run cannot go on since its journal or folder cannot be written; what was acknowledged before is safe. */
    default void broken(Throwable cause) {}

    /** Tells both, the first one first. */
    static RunListener both(RunListener first, RunListener second) {
        return new RunListeners(List.of(first, second));
    }
}
