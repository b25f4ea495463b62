package dev.espalier.worker.actor;

import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.Worker;
import dev.espalier.worker.transfer.RunFiles;
import dev.espalier.worker.work.Repertoire;
import dev.espalier.worker.work.WorkExecutor;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;

/**
 * A worker: lets itself be found, reports for duty to every coordinator that engages it, and hands its assignments to
 * the {@link DeviceActor}, one at a time. It stays on an ordinary dispatcher, so that heartbeats go out and a
 * cancellation comes in while the device computes. If the device's actor dies, so does the worker, for its tensors can
 * no longer be trusted.
 */
public final class WorkerActor {
    private static final String DEVICE_DISPATCHER = "espalier.worker.device-dispatcher";

    /**
     * @param name unique in the cluster, for people
     * @param heartbeat time between two reports for duty
     * @param engaged hears at each change how many coordinators know the worker
     * @param files finds the files of each run
     * @param repertoire what it knows to do
     */
    public record Settings(
            String name,
            Capabilities capabilities,
            Duration heartbeat,
            IntConsumer engaged,
            RunFiles.Opener files,
            Repertoire repertoire) {
        /** Of the one worker of a process that is also its coordinator. */
        public static Settings local(Repertoire repertoire) {
            return new Settings(
                    "local",
                    WorkerCapabilities.ofThisProcess(),
                    Duration.ofSeconds(2),
                    count -> {},
                    WorkExecutor.SHARED,
                    repertoire);
        }
    }

    private sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Asked(Worker.Command command) implements Message {}

    private record Reported(Worker.Report report) implements Message {}

    private record Dismissed(ActorRef<Worker.Present> coordinator) implements Message {}

    private enum Heartbeat implements Message {
        DUE
    }

    /** The assignment in flight. */
    private record Duty(AssignmentKey key, AtomicBoolean cancelled, ActorRef<Worker.Report> replyTo) {}

    private final ActorContext<Message> context;
    private final Settings settings;
    private final ActorRef<Worker.Command> self;
    private final ActorRef<DeviceActor.Execute> device;
    private final ActorRef<Worker.Report> reports;
    private final Set<ActorRef<Worker.Present>> coordinators = new LinkedHashSet<>();
    private Optional<Duty> duty = Optional.empty();
    private boolean leaving;

    /** @param meters what it measures of itself */
    public static Behavior<Worker.Command> create(Settings settings, Meters meters) {
        Behavior<Message> behavior = Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new WorkerActor(context, timers, settings, meters).working()));
        return Behaviors.transformMessages(
                Worker.Command.class, behavior, commands -> commands.match(Worker.Command.class, Asked::new));
    }

    private WorkerActor(
            ActorContext<Message> context, TimerScheduler<Message> timers, Settings settings, Meters meters) {
        this.context = context;
        this.settings = settings;
        self = context.getSelf().unsafeUpcast();
        device = context.spawn(
                DeviceActor.create(settings.repertoire(), settings.files(), meters),
                "device",
                DispatcherSelector.fromConfig(DEVICE_DISPATCHER));
        context.watch(device);
        reports = context.messageAdapter(Worker.Report.class, Reported::new);
        timers.startTimerWithFixedDelay(Heartbeat.DUE, settings.heartbeat());
        context.getSystem().receptionist().tell(Receptionist.register(Worker.SERVICE, self));
    }

    private Behavior<Message> working() {
        return Behaviors.receive(Message.class)
                .onMessage(Asked.class, asked -> asked(asked.command()))
                .onMessage(Reported.class, this::reported)
                .onMessage(Heartbeat.class, heartbeat -> {
                    present();
                    return Behaviors.same();
                })
                .onMessage(Dismissed.class, this::dismissed)
                .build();
    }

    private Behavior<Message> asked(Worker.Command command) {
        if (command instanceof Worker.Assign assign) {
            assign(assign);
        } else if (command instanceof Worker.Cancel cancel) {
            duty.filter(current -> current.key().equals(cancel.key()))
                    .ifPresent(current -> current.cancelled().set(true));
        } else if (command instanceof Worker.Engage engage) {
            engage(engage);
        } else if (command instanceof Worker.Leave) {
            return leave();
        }
        return Behaviors.same();
    }

    private void assign(Worker.Assign assign) {
        AssignmentKey key = assign.assignment().key();
        if (leaving || duty.isPresent()) {
            String cause = leaving ? "the worker is leaving" : "the worker is at work already";
            assign.replyTo().tell(new Worker.Returned(key, cause));
            return;
        }
        AtomicBoolean cancelled = new AtomicBoolean();
        duty = Optional.of(new Duty(key, cancelled, assign.replyTo()));
        device.tell(new DeviceActor.Execute(assign.assignment(), cancelled, reports));
    }

    private Behavior<Message> reported(Reported message) {
        Worker.Report report = message.report();
        Duty current = duty.orElseThrow();
        current.replyTo().tell(report);
        if (report instanceof Worker.Stepped || report instanceof Worker.Progressed) {
            return Behaviors.same();
        }
        duty = Optional.empty();
        present();
        return leaving ? Behaviors.stopped() : Behaviors.same();
    }

    private void engage(Worker.Engage engage) {
        if (coordinators.add(engage.replyTo())) {
            context.watchWith(engage.replyTo(), new Dismissed(engage.replyTo()));
            settings.engaged().accept(coordinators.size());
        }
        engage.replyTo().tell(presence());
    }

    private Behavior<Message> dismissed(Dismissed message) {
        coordinators.remove(message.coordinator());
        settings.engaged().accept(coordinators.size());
        return Behaviors.same();
    }

    private Behavior<Message> leave() {
        leaving = true;
        context.getSystem().receptionist().tell(Receptionist.deregister(Worker.SERVICE, self));
        present();
        duty.ifPresent(current -> current.cancelled().set(true));
        return duty.isPresent() ? Behaviors.same() : Behaviors.stopped();
    }

    private void present() {
        Worker.Present presence = presence();
        coordinators.forEach(coordinator -> coordinator.tell(presence));
    }

    private Worker.Present presence() {
        return new Worker.Present(settings.name(), self, settings.capabilities(), duty.map(Duty::key), leaving);
    }
}
