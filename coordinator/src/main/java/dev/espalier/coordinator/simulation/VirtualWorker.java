package dev.espalier.coordinator.simulation;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;

/**
 * A worker that takes its time over an assignment and then returns what a real one would leave, without training: the
 * coordinator cannot tell the difference.
 */
public final class VirtualWorker {
    private static final String MODEL = "00".repeat(32);

    /** Units that one that stalls tells of. */
    private static final int TOLD = 3;

    /** How a virtual worker goes about what it is given. */
    public enum Conduct {
        /** It does it. */
        WORKING,
        /** It says that it does it. */
        HUNG,
        /** It gives it back at once. */
        RETURNING,
        /** It does what is training; of all else it tells of a few units, and then no more. */
        STALLING,
        /** It does what is training, and returns nothing of all else. */
        IDLING
    }

    /** What a virtual worker does for a training slice. */
    public interface Training {
        /** How it goes about a piece of work. */
        default Conduct conduct(Assignment assignment) {
            return Conduct.WORKING;
        }

        /** @return the student that the slice makes */
        BlobRef train(Assignment assignment, Work slice) throws IOException;

        /** What it returns of work that is neither training nor a model; empty: it is one of these. */
        default Optional<WorkResult> other(Assignment assignment) throws IOException {
            return Optional.empty();
        }

        /** The worker has begun with it. */
        default void begun(AssignmentKey key) {}
    }

    /**
     * @param perStep how long a training step takes
     * @param other how long any other work takes
     * @param heartbeat time between two reports for duty
     * @param reachable whether the network is there: without it what the worker is told and its heartbeats are lost, and
     *     its results arrive when it is there again
     */
    public record Settings(
            String name,
            Duration perStep,
            Duration other,
            Duration heartbeat,
            BooleanSupplier reachable,
            Training training) {}

    private sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Asked(Worker.Command command) implements Message {}

    private record Finished(AssignmentKey key) implements Message {}

    private enum Heartbeat implements Message {
        DUE
    }

    private final TimerScheduler<Message> timers;
    private final Settings settings;
    private final ActorRef<Worker.Command> self;
    private final Set<ActorRef<Worker.Present>> coordinators = new LinkedHashSet<>();
    private final Deque<Runnable> results = new ArrayDeque<>();
    private Optional<Worker.Assign> duty = Optional.empty();
    private boolean hangs;
    private boolean idles;

    public static Behavior<Worker.Command> create(Settings settings) {
        Behavior<Message> behavior = Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new VirtualWorker(context, timers, settings).working()));
        return Behaviors.transformMessages(
                Worker.Command.class, behavior, commands -> commands.match(Worker.Command.class, Asked::new));
    }

    private VirtualWorker(ActorContext<Message> context, TimerScheduler<Message> timers, Settings settings) {
        this.timers = timers;
        this.settings = settings;
        self = context.getSelf().unsafeUpcast();
        timers.startTimerWithFixedDelay(Heartbeat.DUE, settings.heartbeat());
        context.getSystem().receptionist().tell(Receptionist.register(Worker.SERVICE, self));
    }

    private Behavior<Message> working() {
        return Behaviors.receive(Message.class)
                .onMessage(Asked.class, asked -> asked(asked.command()))
                .onMessage(Finished.class, this::finished)
                .onMessage(Heartbeat.class, heartbeat -> {
                    deliver();
                    present();
                    return Behaviors.same();
                })
                .build();
    }

    private Behavior<Message> asked(Worker.Command command) {
        if (!settings.reachable().getAsBoolean()) {
            return Behaviors.same();
        }
        if (command instanceof Worker.Engage engage) {
            coordinators.add(engage.replyTo());
            present();
        } else if (command instanceof Worker.Assign assign) {
            assigned(assign);
        } else if (command instanceof Worker.Cancel cancel) {
            cancel(cancel.key());
        } else if (command instanceof Worker.Leave) {
            return Behaviors.stopped();
        }
        return Behaviors.same();
    }

    private void assigned(Worker.Assign assign) {
        AssignmentKey key = assign.assignment().key();
        Conduct conduct = settings.training().conduct(assign.assignment());
        settings.training().begun(key);
        if (conduct == Conduct.RETURNING) {
            assign.replyTo().tell(new Worker.Returned(key, "no"));
            return;
        }
        duty = Optional.of(assign);
        Work work = assign.assignment().work();
        boolean trains = work.kind() == Work.Kind.TRAIN;
        idles = conduct == Conduct.IDLING && !trains;
        hangs = conduct == Conduct.HUNG || (conduct == Conduct.STALLING && !trains);
        if (hangs && conduct == Conduct.STALLING) {
            for (int layer = 1; layer <= TOLD; layer++) {
                assign.replyTo().tell(new Worker.Progressed(key, layer, 2 * TOLD, "layers"));
            }
        }
        if (!hangs) {
            boolean steps = trains || work.kind() == Work.Kind.SAMPLE;
            Duration takes = steps ? settings.perStep().multipliedBy(work.steps()) : settings.other();
            timers.startSingleTimer(key, new Finished(key), takes);
        }
    }

    private void cancel(AssignmentKey key) {
        if (!hangs
                && duty.filter(assign -> assign.assignment().key().equals(key)).isPresent()) {
            timers.cancel(key);
            duty.orElseThrow().replyTo().tell(new Worker.Returned(key, "cancelled"));
            duty = Optional.empty();
            present();
        }
    }

    private Behavior<Message> finished(Finished message) {
        Worker.Assign assign = duty.orElseThrow();
        duty = Optional.empty();
        try {
            String model = assign.assignment().model().orElse(MODEL);
            Worker.Done done = new Worker.Done(result(assign.assignment()), model);
            results.add(() -> assign.replyTo().tell(done));
            deliver();
        } catch (IOException e) {
            throw new UncheckedIOException(message.key() + " cannot be done", e);
        }
        return Behaviors.same();
    }

    private void deliver() {
        while (settings.reachable().getAsBoolean() && !results.isEmpty()) {
            results.remove().run();
        }
    }

    private WorkResult result(Assignment assignment) throws IOException {
        AssignmentKey key = assignment.key();
        Work work = assignment.work();
        if (work.kind() == Work.Kind.TRAIN) {
            BlobRef student = settings.training().train(assignment, work);
            return new WorkResult(key, Optional.of(student), 0, List.of(), "{}");
        }
        Optional<WorkResult> other = settings.training().other(assignment);
        if (other.isPresent()) {
            return other.get();
        }
        // One that idles must leave no model: whoever loads it, much later, would be the first to see that it means
        // nothing.
        List<Artefact> model = idles
                ? List.of()
                : VirtualModels.write(
                        Path.of(assignment.directory()), work.writes().orElseThrow());
        return new WorkResult(key, Optional.empty(), Double.NaN, model, "{}");
    }

    private void present() {
        if (!settings.reachable().getAsBoolean()) {
            return;
        }
        Worker.Present presence = new Worker.Present(
                settings.name(),
                self,
                new Capabilities("virtual", "none", 1, 1),
                duty.map(assign -> assign.assignment().key()),
                false);
        coordinators.forEach(coordinator -> coordinator.tell(presence));
    }
}
