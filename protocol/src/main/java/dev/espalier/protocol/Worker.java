package dev.espalier.protocol;

import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;

/** The protocol of a worker, which the coordinator and gpu-worker share. */
public final class Worker {
    /** Under which workers let themselves be found. */
    public static final ServiceKey<Command> SERVICE = ServiceKey.create(Command.class, "espalier-worker");

    private Worker() {}

    public sealed interface Command extends WireMessage {}

    /**
     * Do this; answer with any number of {@link Stepped} and {@link Progressed}, then one {@link Done},
     * {@link Failed} or {@link Returned}.
     */
    public record Assign(Assignment assignment, ActorRef<Report> replyTo) implements Command {}

    /** Stop the assignment after the step in flight; answered by {@link Returned}. */
    public record Cancel(AssignmentKey key) implements Command {}

    /** Report for duty: answer with {@link Present} at once, at every change, and at every heartbeat. */
    public record Engage(ActorRef<Present> replyTo) implements Command {}

    /** Take no more work, give back what is in flight after its step, and stop. */
    public record Leave() implements Command {}

    /**
     * A worker is there: its heartbeat.
     *
     * @param name unique in the cluster, for people
     * @param working the assignment in flight
     * @param leaving it takes no more work
     */
    public record Present(
            String name,
            ActorRef<Command> worker,
            Capabilities capabilities,
            Optional<AssignmentKey> working,
            boolean leaving)
            implements WireMessage {}

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

    /** @param model identity of the model that the worker has, by which the run knows that all have the same */
    public record Done(WorkResult result, String model) implements Report {
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

    /** The assignment is given back undone, which is nobody's fault. */
    public record Returned(AssignmentKey key, String cause) implements Report {}
}
