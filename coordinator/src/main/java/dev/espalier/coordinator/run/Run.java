package dev.espalier.coordinator.run;

import dev.espalier.coordinator.conduct.Patience;
import dev.espalier.coordinator.conduct.Waits;
import dev.espalier.coordinator.decision.Decision;
import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.folder.Damage;
import dev.espalier.coordinator.journal.Journal;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.RunConfig;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.BackoffSupervisorStrategy;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.pattern.StatusReply;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.RecoveryFailed;
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
 * actor keeps it in the journal and then has it carried out: {@link Crew} hands assignments to free workers, {@link
 * Results} merges what they return, {@link Bookkeeper} keeps the run folder up to date, {@link Announcements} tells the
 * listener. After a restart the run first inspects what the journal says was left on disk ({@link Inspections}); commands
 * wait.
 */
public final class Run extends EventSourcedBehavior<Run.Message, RunEvent, RunState> {
    public static final EntityTypeKey<RunCommand> TYPE = EntityTypeKey.create(RunCommand.class, "Run");

    /**
     * What a run needs from its surroundings.
     *
     * @param workforce has the workers
     * @param listener hears of progress
     * @param reader reads the resolved configuration that a run was submitted with
     * @param kinds the stages that it may have
     * @param directories where a run folder is now, given where it was when the run was submitted
     * @param dataPlane address of this node's data plane; empty: all workers see the run folder
     * @param patience how long it waits for attempts and workers
     * @param restart what becomes of a run whose folder or journal cannot be written; empty: it stops
     * @param clock gives events their time
     */
    public record Setup(
            ActorRef<Workforce.Command> workforce,
            RunListener listener,
            Function<String, RunConfig> reader,
            StageKinds kinds,
            Function<String, Path> directories,
            Optional<String> dataPlane,
            Patience patience,
            Optional<BackoffSupervisorStrategy> restart,
            Clock clock) {
        /** Journals hold milliseconds. */
        Instant now() {
            return clock.instant().truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /** What the entity receives: commands from outside, reports, and its own reminders. Never leaves the node. */
    sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Asked(RunCommand command) implements Message {}

    record Heard(Workforce.News news) implements Message {}

    /** What its work on another thread came to: of no use to a run that has begun anew since. */
    record Finished(Run by, Finding finding) implements Message {}

    sealed interface Finding permits Results.Finding, Inspections.Inspected, Inspections.Failed {}

    /** The worker has rested. */
    record WorkerDue(String worker) implements Message {}

    record AttemptDue(Stage stage, long sequence) implements Message {}

    enum Due implements Message {
        MERGE,
        MANIFEST,
        ORPHANS,
        SILENCES,
        WAITS
    }

    /** Another coordinator went on with the run; this one lets go of it, and restarts only when it is asked again. */
    private static final class OutrunException extends IllegalStateException {
        OutrunException(String run, Throwable cause) {
            super("another coordinator has gone on with run " + run + ": this one lets go of it", cause);
        }
    }

    private final ActorContext<Message> context;
    private final Setup setup;
    private final RunDecisions decisions;
    private final Announcements announcements;
    private final Bookkeeper books;
    private final Inspections inspections;
    private final Crew crew;
    private final Results results;
    private final Standing standing;
    private final Waits waits;

    public static Behavior<RunCommand> create(String run, Setup setup) {
        Behavior<Message> behavior =
                Behaviors.setup(context -> Behaviors.withTimers(timers -> new Run(run, context, timers, setup)));
        if (setup.restart().isPresent()) {
            behavior = Behaviors.supervise(
                            Behaviors.supervise(behavior).onFailure(OutrunException.class, SupervisorStrategy.stop()))
                    .onFailure(Exception.class, setup.restart().get());
        }
        return Behaviors.transformMessages(
                RunCommand.class, behavior, commands -> commands.match(RunCommand.class, Asked::new));
    }

    private Run(String run, ActorContext<Message> context, TimerScheduler<Message> timers, Setup setup) {
        super(PersistenceId.of(TYPE.name(), run), setup.restart());
        this.context = context;
        this.setup = setup;
        decisions = new RunDecisions(setup.reader(), setup.kinds());
        announcements = new Announcements(setup.listener());
        books = new Bookkeeper(setup, decisions, timers, grace(context));
        Background background = new Background(this, context);
        inspections = new Inspections(setup, background);
        crew = new Crew(setup, decisions, books, inspections, timers);
        results = new Results(setup, decisions, books, crew, background, context.getSelf());
        standing = new Standing(decisions, crew, inspections);
        waits = new Waits(setup.listener());
        setup.workforce().tell(new Workforce.Enter(run, context.messageAdapter(Workforce.News.class, Heard::new)));
        timers.startTimerWithFixedDelay(Due.WAITS, Waits.interval(setup.patience()));
    }

    private static Duration grace(ActorContext<Message> context) {
        return context.getSystem().settings().config().getDuration("espalier.blobs.grace");
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
                .onSignal(JournalPersistFailed.class, this::notPersisted)
                .onSignal(RecoveryFailed.class, this::notRecovered)
                .onSignal(PreRestart.instance(), state -> books.close())
                .onSignal(PostStop.instance(), state -> books.close())
                .build();
    }

    @Override
    public CommandHandler<Message, RunEvent, RunState> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(Asked.class, this::asked)
                .onCommand(Heard.class, this::heard)
                .onCommand(Finished.class, this::finished)
                .onCommand(AttemptDue.class, this::attemptDue)
                .onCommand(WorkerDue.class, this::workerDue)
                .onCommand(Due.class, this::due)
                .build();
    }

    private Effect<RunEvent, RunState> finished(RunState state, Finished message) {
        Finding finding = message.finding();
        if (message.by() != this) {
            return Effect().none();
        } else if (finding instanceof Results.Finding result) {
            return happen(state, results.finished(state, result));
        } else if (finding instanceof Inspections.Inspected inspected) {
            return inspected(state, inspected);
        } else if (finding instanceof Inspections.Failed failed) {
            return inspectionFailed(state, failed);
        }
        throw new IllegalStateException("no rule for " + finding.getClass());
    }

    private void recovered(RunState state) {
        crew.recovered(state);
        if (state.phase() == RunPhase.COMPLETED) {
            books.over(state);
            announcements.standing(state);
        } else if (state.phase() == RunPhase.CANCELLED) {
            books.over(state);
        } else if (state.exists()) {
            inspections.begin(Inspections.When.RESTARTED, state);
        }
    }

    /**
     * Begins anew: what is not in the journal counts on what should have been. But who has not read all that was written
     * of the run must not go on with it.
     */
    private void notPersisted(RunState state, JournalPersistFailed failed) {
        if (Journal.outrun(failed.failure())) {
            throw new OutrunException(state.run(), failed.failure());
        }
        IllegalStateException broken = new IllegalStateException(
                "the journal cannot be written: " + Journal.reason(failed.failure()), failed.failure());
        setup.listener().broken(broken);
        throw broken;
    }

    private void notRecovered(RunState state, RecoveryFailed failed) {
        setup.listener().broken(failed.getFailure());
    }

    private Effect<RunEvent, RunState> asked(RunState state, Asked message) {
        RunCommand command = message.command();
        if (inspections.underWay() && !(command instanceof RunCommand.GetStatus)) {
            return Effect().stash();
        }
        Decision decision = decisions.on(state, command, setup.now());
        if (decision.refusal().isPresent()) {
            return Effect().none().thenRun(() -> command.replyTo()
                    .tell(StatusReply.error(decision.refusal().get())));
        }
        boolean toldToGoOn = !(command instanceof RunCommand.GetStatus) && state.phase() == RunPhase.COMPLETED;
        if (toldToGoOn && decision.events().isEmpty()) {
            inspections.begin(new Inspections.ToldToGoOn(command), state);
            return Effect().none();
        }
        return happen(state, decision.events()).thenRun((RunState after) -> answer(command, after));
    }

    private void answer(RunCommand command, RunState state) {
        command.replyTo().tell(StatusReply.success(standing.status(state)));
    }

    private Effect<RunEvent, RunState> heard(RunState state, Heard message) {
        Workforce.News heard = message.news();
        if (heard instanceof Workforce.Offer offer) {
            return offered(state, offer);
        } else if (heard instanceof Workforce.Told told) {
            return reported(state, told.report());
        } else if (heard instanceof Workforce.Lost lost) {
            return happen(state, crew.ended(state, lost.key(), AttemptEnd.LOST, lost.cause(), false));
        } else if (heard instanceof Workforce.Headcount headcount) {
            crew.present(state, headcount.names());
            return Effect().none();
        } else if (heard instanceof Workforce.NobodyLeft nobody) {
            if (inspections.underWay()) {
                return Effect().stash();
            }
            return state.phase() == RunPhase.RUNNING
                    ? happen(state, decisions.workerLost(state, nobody.cause(), setup.now()))
                    : Effect().none();
        }
        throw new IllegalStateException("no rule for " + heard.getClass());
    }

    private Effect<RunEvent, RunState> offered(RunState state, Workforce.Offer offer) {
        if (results.holds(state, offer)) {
            return Effect().none();
        }
        List<RunEvent> events = crew.assign(state, offer);
        if (events.isEmpty()) {
            return Effect().none();
        }
        AssignmentKey key = ((RunEvent.Assigned) events.get(0)).key();
        return persisted(events).thenRun((RunState after) -> {
            crew.hand(after, key, offer);
            carryOut(state, events, after);
        });
    }

    private Effect<RunEvent, RunState> reported(RunState state, Worker.Report report) {
        AssignmentKey key = report.key();
        if (!crew.awaits(state, key)) {
            context.getLog().debug("dropped a stale report: {}", key);
            setup.listener().stale(report);
            return Effect().none();
        }
        crew.heard(report);
        if (report instanceof Worker.Stepped stepped) {
            return Effect().none().thenRun(() -> stepped(state, stepped));
        } else if (report instanceof Worker.Progressed progressed) {
            return Effect().none().thenRun(() -> setup.listener()
                    .progressed(key.stage(), progressed.done(), progressed.total(), progressed.what()));
        } else if (report instanceof Worker.Done done) {
            return happen(state, results.add(state, done));
        } else if (report instanceof Worker.Failed failed) {
            return happen(state, crew.ended(state, key, AttemptEnd.FAILED, failed.cause(), failed.permanent()));
        } else if (report instanceof Worker.Returned returned) {
            return happen(state, crew.ended(state, key, AttemptEnd.RETURNED, returned.cause(), false));
        }
        throw new IllegalStateException("no rule for " + report.getClass());
    }

    private void stepped(RunState state, Worker.Stepped stepped) {
        crew.stepped(state, stepped);
        StepMetrics told = decisions.plan(state).told(state, stepped.metrics());
        books.append(state, told, setup.now());
        setup.listener().stepped(told);
    }

    /** Has others do what a worker stands still at. */
    private Effect<RunEvent, RunState> lookAtSilences(RunState state) {
        Optional<AssignmentKey> overdue = crew.overdue(state);
        if (overdue.isEmpty()) {
            return Effect().none();
        }
        // One at a time.
        context.getSelf().tell(Due.SILENCES);
        return happen(state, crew.giveUp(state, overdue.get()));
    }

    private Effect<RunEvent, RunState> inspected(RunState state, Inspections.Inspected message) {
        inspections.over();
        Inspections.Occasion occasion = message.occasion();
        message.damage().ifPresent(damage -> setup.listener().damaged(damage.stage(), damage.cause()));
        if (occasion == Inspections.When.RESTARTED) {
            books.recovered(state);
            announcements.standing(state);
        }
        List<RunEvent> events = found(state, occasion, message.damage());
        return persisted(events)
                .thenRun((RunState after) -> {
                    carryOut(state, events, after);
                    if (occasion instanceof Inspections.ToldToGoOn told) {
                        answer(told.command(), after);
                    }
                })
                .thenUnstashAll();
    }

    private List<RunEvent> found(RunState state, Inspections.Occasion occasion, Optional<Damage> damage) {
        if (occasion == Inspections.When.RESTARTED
                && decisions.unreadable(state).isPresent()) {
            return decisions.failed(state, decisions.unreadable(state).get(), setup.now());
        } else if (occasion == Inspections.When.STAGE_OVER) {
            return state.phase() != RunPhase.RUNNING
                    ? List.of()
                    : damage.map(found -> decisions.unverified(state, found.cause(), setup.now()))
                            .orElseGet(() -> decisions.verified(state, setup.now()));
        } else if (damage.isPresent()) {
            return decisions.damaged(state, damage.get(), setup.now());
        }
        return occasion == Inspections.When.RESTARTED ? decisions.restarted(state, setup.now()) : List.of();
    }

    private Effect<RunEvent, RunState> inspectionFailed(RunState state, Inspections.Failed message) {
        setup.listener().broken(message.cause());
        throw new IllegalStateException("the folder of run " + state.run() + " cannot be inspected", message.cause());
    }

    private Effect<RunEvent, RunState> attemptDue(RunState state, AttemptDue due) {
        crew.rested(state, due);
        return Effect().none();
    }

    private Effect<RunEvent, RunState> workerDue(RunState state, WorkerDue due) {
        crew.rested(state, due);
        return Effect().none();
    }

    private Effect<RunEvent, RunState> due(RunState state, Due due) {
        switch (due) {
            case MERGE -> {
                return happen(state, results.next(state));
            }
            case SILENCES -> {
                return lookAtSilences(state);
            }
            case ORPHANS -> {
                if (state.exists() && !inspections.underWay()) {
                    books.dropOrphans(state);
                }
            }
            case WAITS -> waits.look(state.phase() == RunPhase.RUNNING ? standing.waiting(state) : Optional.empty());
            case MANIFEST -> books.catchUp(state);
        }
        return Effect().none();
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
        if (after.phase() == RunPhase.RUNNING && events.stream().anyMatch(event -> reliesOnMore(event, before))) {
            inspections.begin(Inspections.When.GOES_ON, after);
        }
        crew.happened(before, events, after);
        results.happened(after);
        books.happened(before, events, after);
        announcements.happened(events, after);
        boolean running = after.phase() == RunPhase.RUNNING && after.current().isPresent();
        if (running && !inspections.underWay() && decisions.plan(after).finished(after)) {
            inspections.begin(after, after.current().orElseThrow());
        }
    }

    /** Whether the run needs files from now on that it did not need before, or may have failed for want of. */
    private static boolean reliesOnMore(RunEvent event, RunState before) {
        return event instanceof RunEvent.StageReset
                || event instanceof RunEvent.StageRewound
                || (event instanceof RunEvent.Resumed && before.phase() == RunPhase.FAILED);
    }
}
