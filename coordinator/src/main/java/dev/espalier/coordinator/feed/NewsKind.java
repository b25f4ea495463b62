package dev.espalier.coordinator.feed;

import java.util.Locale;

/** What those who watch a run are told of; the names of the events of the HTTP API. */
public enum NewsKind {
    /** The run's manifest as it is now. */
    STATUS,
    /** A stage changed its state. */
    STAGE,
    /** A training step; at most ten a second are told. */
    STEP,
    /** What is expected to be kept of each layer while gates learn that; once a second at most. */
    KEPT,
    /** Progress of work that is not training; at most ten times a second. */
    PROGRESS,
    /** Nobody works for the run, or it goes on again. */
    WAITING,
    /** An attempt failed and will be repeated. */
    ATTEMPT_FAILED,
    /** The run completed, failed or was cancelled. */
    ENDED,
    /** The run stopped since its journal or folder cannot be written. */
    BROKEN,
    /** The run was removed, and this is the last word about it: another may have its name by now. */
    REMOVED,
    /** Something was told that is lost: the status and the metrics are to be read again. */
    MISSED;

    /** The event's name. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
