package dev.espalier.protocol;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What happened to a run: the journal of the Run entity. Facts only (names, hashes, paths, numbers), never a tensor
 * and never a setting that today's code would have to interpret as yesterday's did.
 */
public sealed interface RunEvent extends WireMessage {

    /** When it happened, to the millisecond. */
    Instant at();

    /** @param stages the stages this run goes through, in order */
    record Submitted(String run, String directory, String config, List<Stage> stages, Instant at) implements RunEvent {}

    /**
     * The run goes on under another configuration. What that changes of stages that have begun, a {@link StageReset} tells.
     *
     * @param stages the stages it goes through now, in order; none: the same, as journals of version 0.1 have it
     */
    record Reconfigured(String config, List<Stage> stages, Instant at) implements RunEvent {}

    /** The first result told which model the run is about: from now on all workers must have the same. */
    record ModelIdentified(String sha256, Instant at) implements RunEvent {}

    record StageStarted(Stage stage, Instant at) implements RunEvent {}

    /**
     * An assignment was handed out; results of its earlier attempts are stale from now on.
     *
     * @param leg the part of the stage that it belongs to; empty in journals of version 0.1
     * @param slice what it covers, and what it starts from
     * @param worker who does it, for people; empty in journals of versions that knew one worker only
     */
    record Assigned(AssignmentKey key, String leg, Slice slice, String worker, Instant at) implements RunEvent {}

    /** An attempt ended without a result that counts: the assignment is to be done again. */
    record AttemptFailed(AssignmentKey key, AttemptEnd end, String cause, boolean permanent, Instant at)
            implements RunEvent {}

    /**
     * @param steps training steps the work consisted of; 0 for work that is not training
     * @param blend the version that this result and what was merged meanwhile make; empty: the result's own student
     *     is the newest version, as it is
     */
    record Merged(WorkResult result, int steps, Optional<Blend> blend, Instant at) implements RunEvent {}

    /** A stage remembers something of what was merged. */
    record Noted(Stage stage, Note note, Instant at) implements RunEvent {}

    /** All work of the stage is merged and its artefacts verified. */
    record StageCompleted(Stage stage, Instant at) implements RunEvent {}

    /** @param permanent true if another try cannot help unless the input changes */
    record StageFailed(Stage stage, String cause, boolean permanent, Instant at) implements RunEvent {}

    /** The stage and all after it are to be done again. */
    record StageReset(Stage stage, String cause, Instant at) implements RunEvent {}

    /** The stage is to go on from a student version that it made, and all after it are to be done again. */
    record StageRewound(Stage stage, int version, String cause, Instant at) implements RunEvent {}

    record StageSkipped(Stage stage, Instant at) implements RunEvent {}

    record Paused(Instant at) implements RunEvent {}

    record Resumed(Instant at) implements RunEvent {}

    record Cancelled(Instant at) implements RunEvent {}

    /** The run was removed: its name is free. */
    record Removed(Instant at) implements RunEvent {}
}
