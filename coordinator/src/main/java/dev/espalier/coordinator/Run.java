package dev.espalier.coordinator;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.pattern.StatusReply;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EffectBuilder;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.Recovery;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;

/**
 * A run: the event-sourced entity that takes a model through its stages. {@link RunDecisions} says what happens; this
 * actor keeps it in the journal and then carries it out: hands assignments to the worker, keeps the run folder up to
 * date, tells the listener. After a restart it first inspects what the journal says was left on disk; commands wait.
 */
public final class Run extends EventSourcedBehavior<Run.Message, RunEvent, RunState> {
    public static final EntityTypeKey<RunCommand> TYPE = EntityTypeKey.create(RunCommand.class, "Run");

    private static final int MAX_CAUSE_LENGTH = 2000;

    /**
     * What a run needs from its surroundings.
     *
     * @param worker does the assignments
     * @param listener hears of progress
     * @param reader reads the resolved configuration that a run was submitted with
     * @param directories where a run folder is now, given where it was when the run was submitted
     * @param retryBackoff wait before an assignment's second attempt
     * @param clock gives events their time
     */
    public record Setup(
            ActorRef<Worker.Command> worker,
            RunListener listener,
            Function<String, RunConfig> reader,
            Function<String, Path> directories,
            Duration retryBackoff,
            Clock clock) {}

    /** What the entity receives: commands from outside, reports, and its own reminders. Never leaves the node. */
    sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Asked(RunCommand command) implements Message {}

    private record Reported(Worker.Report report) implements Message {}

    private record Inspected(boolean afterRestart, Optional<Damage> damage) implements Message {}

    private record InspectionFailed(Throwable cause) implements Message {}

    private enum AttemptDue implements Message {
        INSTANCE
    }

    private enum WorkerLost implements Message {
        INSTANCE
    }

    private final ActorContext<Message> context;
    private final TimerScheduler<Message> timers;
    private final Setup setup;
    private final RunDecisions decisions;
    private final ActorRef<Worker.Report> reports;

    // What is not in the journal, since a restart makes it anew.
    private RunFolder folder;
    private boolean inspecting;
    private boolean workerLost;

    public static Behavior<RunCommand> create(String run, Setup setup) {
        Behavior<Message> behavior =
                Behaviors.setup(context -> Behaviors.withTimers(timers -> new Run(run, context, timers, setup)));
        return Behaviors.transformMessages(
                RunCommand.class, behavior, commands -> commands.match(RunCommand.class, Asked::new));
    }

    private Run(String run, ActorContext<Message> context, TimerScheduler<Message> timers, Setup setup) {
        super(PersistenceId.of(TYPE.name(), run));
        this.context = context;
        this.timers = timers;
        this.setup = setup;
        decisions = new RunDecisions(setup.reader());
        reports = context.messageAdapter(Worker.Report.class, Reported::new);
        context.watchWith(setup.worker(), WorkerLost.INSTANCE);
    }

    @Override
    public RunState emptyState() {
        return RunState.NONE;
    }

    /** Journals are short, a few events per assignment: replaying them all is faster than keeping snapshots. */
    @Override
    public Recovery recovery() {
        return Recovery.withSnapshotSelectionCriteria(SnapshotSelectionCriteria.none());
    }

    @Override
    public EventHandler<RunState, RunEvent> eventHandler() {
        return RunState::apply;
    }

    @Override
    public SignalHandler<RunState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), this::recovered)
                .onSignal(PostStop.instance(), state -> close())
                .build();
    }

    @Override
    public CommandHandler<Message, RunEvent, RunState> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(Asked.class, this::asked)
                .onCommand(Reported.class, this::reported)
                .onCommand(Inspected.class, this::inspected)
                .onCommand(InspectionFailed.class, this::inspectionFailed)
                .onCommand(AttemptDue.class, (state, due) -> attemptDue(state))
                .onCommand(WorkerLost.class, (state, lost) -> workerLost(state))
                .build();
    }

    private void recovered(RunState state) {
        if (state.exists() && state.phase() != RunPhase.CANCELLED) {
            inspect(true, inspection -> inspection.ofAll(state), state);
        }
    }

    private Effect<RunEvent, RunState> asked(RunState state, Asked message) {
        RunCommand command = message.command();
        if (inspecting && !(command instanceof RunCommand.GetStatus)) {
            return Effect().stash();
        }
        Decision decision = decisions.on(state, command, now());
        if (decision.refusal().isPresent()) {
            return Effect().none().thenRun(() -> command.replyTo()
                    .tell(StatusReply.error(decision.refusal().get())));
        }
        return happen(state, decision.events())
                .thenRun((RunState after) -> command.replyTo().tell(StatusReply.success(status(after))));
    }

    private Effect<RunEvent, RunState> reported(RunState state, Reported message) {
        Worker.Report report = message.report();
        if (inspecting || !state.inFlight().equals(Optional.of(report.key()))) {
            context.getLog().debug("dropped a stale report: {}", report.key());
            setup.listener().stale(report);
            return Effect().none();
        } else if (report instanceof Worker.Stepped stepped) {
            return Effect().none().thenRun(() -> stepped(state, stepped));
        } else if (report instanceof Worker.Progressed progressed) {
            return Effect().none().thenRun(() -> setup.listener()
                    .progressed(progressed.key().stage(), progressed.done(), progressed.total(), progressed.what()));
        } else if (report instanceof Worker.Done done) {
            return happen(state, decisions.done(state, done.result(), now()));
        } else if (report instanceof Worker.Failed failed) {
            return happen(
                    state, decisions.failed(state, failed.key(), shortened(failed.cause()), failed.permanent(), now()));
        }
        throw new IllegalStateException("no rule for " + report.getClass());
    }

    private Effect<RunEvent, RunState> inspected(RunState state, Inspected message) {
        inspecting = false;
        List<RunEvent> events = List.of();
        if (message.afterRestart()) {
            perform(() -> folder(state).dropOrphans(state, keep(state), now().minus(orphanGrace())));
            announceStanding(state);
            setup.listener().changed(state, List.of());
            events = message.damage().isPresent()
                    ? decisions.damaged(state, message.damage().get(), now())
                    : decisions.proceed(state, now());
        } else if (state.phase() == RunPhase.RUNNING) {
            events = message.damage().isPresent()
                    ? decisions.unverified(state, message.damage().get().cause(), now())
                    : decisions.verified(state, now());
        }
        List<RunEvent> happening = events;
        return persisted(happening)
                .thenRun((RunState after) -> carryOut(state, happening, after))
                .thenUnstashAll();
    }

    private Effect<RunEvent, RunState> inspectionFailed(RunState state, InspectionFailed message) {
        setup.listener().broken(message.cause());
        throw new IllegalStateException("the folder of run " + state.run() + " cannot be inspected", message.cause());
    }

    private Effect<RunEvent, RunState> attemptDue(RunState state) {
        // A pause or a retry may have come first.
        return state.inFlight().isPresent() || inspecting
                ? Effect().none()
                : happen(state, decisions.proceed(state, now()));
    }

    private Effect<RunEvent, RunState> workerLost(RunState state) {
        workerLost = true;
        return state.phase() == RunPhase.RUNNING && !inspecting
                ? happen(state, decisions.workerLost(state, "the worker stopped unexpectedly: see its log", now()))
                : Effect().none();
    }

    private EffectBuilder<RunEvent, RunState> happen(RunState before, List<RunEvent> events) {
        return events.isEmpty()
                ? Effect().none()
                : persisted(events).thenRun((RunState after) -> carryOut(before, events, after));
    }

    private EffectBuilder<RunEvent, RunState> persisted(List<RunEvent> events) {
        long start = System.nanoTime();
        EffectBuilder<RunEvent, RunState> effect = Effect().persist(events);
        return events.isEmpty()
                ? effect
                : effect.thenRun(() -> setup.listener().journalled(Duration.ofNanos(System.nanoTime() - start)));
    }

    /** What follows from events that are in the journal. */
    private void carryOut(RunState before, List<RunEvent> events, RunState after) {
        perform(() -> {
            recallWork(before, events, after);
            folder(after).dropOldVersions(before, after, keep(after));
            folder(after).writeManifest(after);
            if (!events.isEmpty()) {
                setup.listener().changed(after, events);
            }
            events.forEach(event -> announce(event, after));
            if (after.inFlight().isPresent() && !after.inFlight().equals(before.inFlight())) {
                dispatch(after);
            } else if (after.phase() == RunPhase.RUNNING && after.inFlight().isEmpty() && !inspecting) {
                awaitOrInspect(after);
            }
        });
    }

    /** Tells the worker to stop what nobody waits for any more. */
    private void recallWork(RunState before, List<RunEvent> events, RunState after) {
        boolean returned = events.stream()
                .anyMatch(event -> event instanceof RunEvent.Merged || event instanceof RunEvent.AttemptFailed);
        if (!returned && !before.inFlight().equals(after.inFlight())) {
            before.inFlight().ifPresent(key -> setup.worker().tell(new Worker.Cancel(key)));
        }
    }

    private void dispatch(RunState state) throws IOException {
        AssignmentKey key = state.inFlight().orElseThrow();
        Work work = decisions.plan(state).next(state).orElseThrow();
        if (workerLost) {
            context.getSelf().tell(WorkerLost.INSTANCE);
            return;
        }
        if (work instanceof Work.Train train && key.attempt() > 1) {
            folder(state).rewindMetrics(key.stage(), train.firstStep());
        }
        Assignment assignment =
                new Assignment(key, state.config(), folder(state).directory().toString(), work);
        setup.worker().tell(new Worker.Assign(assignment, reports));
    }

    /** Nothing is in flight: either a failed attempt waits for the next, or the stage's work is all merged. */
    private void awaitOrInspect(RunState state) {
        if (decisions.plan(state).next(state).isPresent()) {
            Duration backoff = setup.retryBackoff().multipliedBy(1L << Math.max(0, state.failures() - 1));
            timers.startSingleTimer(AttemptDue.INSTANCE, AttemptDue.INSTANCE, backoff);
        } else {
            StageRecord current = state.current().orElseThrow();
            inspect(false, inspection -> inspection.ofStage(state, current), state);
        }
    }

    private void inspect(boolean afterRestart, Function<Inspection, Optional<Damage>> task, RunState state) {
        inspecting = true;
        Inspection inspection = new Inspection(setup.directories().apply(state.directory()));
        context.pipeToSelf(
                CompletableFuture.supplyAsync(
                        () -> task.apply(inspection),
                        context.getSystem().dispatchers().lookup(DispatcherSelector.blocking())),
                (damage, failure) ->
                        failure == null ? new Inspected(afterRestart, damage) : new InspectionFailed(failure));
    }

    private void stepped(RunState state, Worker.Stepped stepped) {
        perform(() -> folder(state).append(stepped.metrics(), now()));
        setup.listener().stepped(stepped.metrics());
    }

    /** After a restart the listener has heard nothing yet. */
    private void announceStanding(RunState state) {
        state.stages().stream()
                .filter(record -> record.state().over() || record.state() == StageState.RUNNING)
                .forEach(record -> setup.listener().stageChanged(record.stage(), record.state(), ""));
    }

    private void announce(RunEvent event, RunState after) {
        RunListener listener = setup.listener();
        if (event instanceof RunEvent.StageStarted e) {
            listener.stageChanged(e.stage(), StageState.RUNNING, "");
        } else if (event instanceof RunEvent.StageCompleted e) {
            listener.stageChanged(e.stage(), StageState.COMPLETED, "");
        } else if (event instanceof RunEvent.StageSkipped e) {
            listener.stageChanged(e.stage(), StageState.SKIPPED, "");
        } else if (event instanceof RunEvent.StageReset e) {
            listener.stageChanged(e.stage(), StageState.PENDING, e.cause());
        } else if (event instanceof RunEvent.StageFailed e) {
            listener.stageChanged(e.stage(), StageState.FAILED, e.cause());
            listener.ended(RunOutcome.failed(e.stage(), e.cause(), e.permanent()));
        } else if (event instanceof RunEvent.AttemptFailed e) {
            listener.attemptFailed(e.key().stage(), e.key().attempt(), e.cause());
        } else if (event instanceof RunEvent.Paused || event instanceof RunEvent.Resumed) {
            after.current().ifPresent(record -> listener.stageChanged(record.stage(), record.state(), ""));
        } else if (event instanceof RunEvent.Cancelled) {
            listener.ended(RunOutcome.CANCELLED);
        }
        boolean over = event instanceof RunEvent.StageCompleted || event instanceof RunEvent.StageSkipped;
        if (over && after.phase() == RunPhase.COMPLETED) {
            listener.ended(RunOutcome.COMPLETED);
        }
    }

    private int keep(RunState state) {
        return decisions.config(state).checkpoint().keep();
    }

    private Duration orphanGrace() {
        return context.getSystem().settings().config().getDuration("espalier.blobs.grace");
    }

    private RunFolder folder(RunState state) throws IOException {
        if (folder == null) {
            folder = new RunFolder(setup.directories().apply(state.directory()));
        }
        return folder;
    }

    private void close() {
        perform(() -> {
            if (folder != null) {
                folder.close();
            }
        });
    }

    private interface Io {
        void run() throws IOException;
    }

    /** A folder that cannot be written stops the run: the journal knows where to go on. */
    private void perform(Io io) {
        try {
            io.run();
        } catch (IOException e) {
            setup.listener().broken(e);
            throw new UncheckedIOException("the run folder cannot be written: " + e.getMessage(), e);
        }
    }

    private static RunStatus status(RunState state) {
        return new RunStatus(state.run(), state.phase().name(), Manifest.of(state));
    }

    private Instant now() {
        return setup.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static String shortened(String cause) {
        return cause.length() <= MAX_CAUSE_LENGTH ? cause : cause.substring(0, MAX_CAUSE_LENGTH) + "...";
    }
}
