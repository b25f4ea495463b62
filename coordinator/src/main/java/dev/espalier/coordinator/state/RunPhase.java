package dev.espalier.coordinator.state;

/** Where a run stands. */
public enum RunPhase {
    /** Not submitted. */
    PENDING,
    RUNNING,
    PAUSED,
    /** A stage has failed; resume goes on with it. */
    FAILED,
    COMPLETED,
    /** Ended by command, for good. */
    CANCELLED
}
