package dev.espalier.protocol;

import org.apache.pekko.actor.typed.ActorRef;

/** The protocol of a worker, which the coordinator and gpu-worker share. */
public final class Worker {
    private Worker() {}

    public sealed interface Command extends WireMessage {}

    /** Do this; answer with any number of {@link Stepped} and {@link Progressed}, then one {@link Done} or {@link Failed}. */
    public record Assign(Assignment assignment, ActorRef<Report> replyTo) implements Command {}

    /** Stop the assignment after the step in flight; answered by {@link Failed} with cause "cancelled". */
    public record Cancel(AssignmentKey key) implements Command {}

    public sealed interface Report extends WireMessage {
        AssignmentKey key();
    }

    public record Stepped(AssignmentKey key, StepMetrics metrics) implements Report {}

    /**
     * Progress of work that is not training, for people.
     *
     * @param done units done so far, of {@code total}
     * @param what the unit and the phase, such as "layers calibrated"
     */
    public record Progressed(AssignmentKey key, long done, long total, String what) implements Report {}

    public record Done(WorkResult result) implements Report {
        @Override
        public AssignmentKey key() {
            return result.key();
        }
    }

    /**
     * @param cause one sentence: what was wrong, where, what to do
     * @param permanent true if another try cannot help (bad input, a failed comparison)
     */
    public record Failed(AssignmentKey key, String cause, boolean permanent) implements Report {}
}
