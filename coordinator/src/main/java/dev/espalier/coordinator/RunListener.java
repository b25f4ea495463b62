package dev.espalier.coordinator;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;

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

    /** An attempt failed and will be repeated. */
    default void attemptFailed(Stage stage, int attempt, String cause) {}

    /** The run has completed, failed or been cancelled. */
    default void ended(RunOutcome outcome) {}

    /** The run cannot go on since its journal or folder cannot be written; what was acknowledged before is safe. */
    default void broken(Throwable cause) {}

    /** Tells both, the first one first. */
    static RunListener both(RunListener first, RunListener second) {
        return new RunListener() {
            @Override
            public void stageChanged(Stage stage, StageState state, String cause) {
                first.stageChanged(stage, state, cause);
                second.stageChanged(stage, state, cause);
            }

            @Override
            public void stepped(StepMetrics metrics) {
                first.stepped(metrics);
                second.stepped(metrics);
            }

            @Override
            public void progressed(Stage stage, long done, long total, String what) {
                first.progressed(stage, done, total, what);
                second.progressed(stage, done, total, what);
            }

            @Override
            public void attemptFailed(Stage stage, int attempt, String cause) {
                first.attemptFailed(stage, attempt, cause);
                second.attemptFailed(stage, attempt, cause);
            }

            @Override
            public void ended(RunOutcome outcome) {
                first.ended(outcome);
                second.ended(outcome);
            }

            @Override
            public void broken(Throwable cause) {
                first.broken(cause);
                second.broken(cause);
            }
        };
    }
}
