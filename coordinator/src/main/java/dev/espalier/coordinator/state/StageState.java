package dev.espalier.coordinator.state;

/** Where a stage stands. */
public enum StageState {
    PENDING,
    RUNNING,
    PAUSED,
    FAILED,
    COMPLETED,
    /** Left out by command. */
    SKIPPED;

    /** Whether the run goes on to the next stage. */
    public boolean over() {
        return this == COMPLETED || this == SKIPPED;
    }
}
