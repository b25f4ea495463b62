package dev.espalier.coordinator.run;

import dev.espalier.coordinator.conduct.Misfits;
import dev.espalier.coordinator.conduct.Patience;
import dev.espalier.coordinator.conduct.Silences;
import dev.espalier.coordinator.conduct.Speeds;
import dev.espalier.coordinator.conduct.Waits;
import dev.espalier.coordinator.decision.Decision;
import dev.espalier.coordinator.decision.RunDecisions;
import dev.espalier.coordinator.folder.Damage;
import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.coordinator.folder.Inspection;
import dev.espalier.coordinator.folder.ResultFiles;
import dev.espalier.coordinator.journal.Journal;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.coordinator.state.Manifest;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.coordinator.state.Task;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
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
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
 * actor keeps it in the journal and then carries it out: hands assignments to free workers, merges what they return,
 * keeps the run folder up to date, tells the listener. After a restart it first inspects what the journal says was left
 * on disk; commands wait.
 */
public final class Run extends EventSourcedBehavior<Run.Message, RunEvent, RunState> {
    public static final EntityTypeKey<RunCommand> TYPE = EntityTypeKey.create(RunCommand.class, "Run");

    private static final int MAX_CAUSE_LENGTH = 2000;

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
            Clock clock) {}

    /** What the entity receives: commands from outside, reports, and its own reminders. Never leaves the node. */
    sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Asked(RunCommand command) implements Message {}

    private record Heard(Workforce.News news) implements Message {}

    /** What its work on another thread came to: of no use to a run that has begun anew since. */
    private record Finished(Run by, Outcome outcome) implements Message {}

    private sealed interface Outcome {}

    private record Checked(Worker.Done done, Optional<String> fault) implements Outcome {}

    private record CheckFailed(Worker.Done done, Throwable cause) implements Outcome {}

    private record Blended(Worker.Done done, Blend blend, Duration took) implements Outcome {}

    private record BlendFailed(Worker.Done done, Throwable cause) implements Outcome {}

    private record Inspected(Occasion occasion, Optional<Damage> damage) implements Outcome {}

    private record InspectionFailed(Throwable cause) implements Outcome {}

    /** What makes the run read its files again. */
    private sealed interface Occasion {}

    private enum When implements Occasion {
        /** It was just recovered. */
        RESTARTED,
        /** It goes back to an earlier stage, or on after a failure, and relies on what was left before. */
        GOES_ON,
        /** All work of the current stage is merged. */
        STAGE_OVER
    }

    /** A finished run is left alone until somebody tells it to go on: then it makes again what is missing. */
    private record ToldToGoOn(RunCommand command) implements Occasion {}

    /** The worker has rested. */
    private record WorkerDue(String worker) implements Message {}

    private record AttemptDue(Stage stage, long sequence) implements Message {}

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
    private final TimerScheduler<Message> timers;
    private final Setup setup;
    private final RunDecisions decisions;
    private final Announcements announcements;
    private final Bookkeeper books;

    // What is not in the journal, since a restart makes it anew.
    private final Set<Long> resting = new HashSet<>();
    private final MergeQueue merges = new MergeQueue();
    private final Speeds speeds = new Speeds();
    private final Misfits misfits = new Misfits();
    private final Silences silences;
    private final Waits waits;
    private final Instant begun;
    private final long begunNanos = System.nanoTime();
    private boolean inspecting;
    private int workers;

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
        this.timers = timers;
        this.setup = setup;
        decisions = new RunDecisions(setup.reader(), setup.kinds());
        announcements = new Announcements(setup.listener());
        silences = new Silences(setup.patience(), begunNanos);
        waits = new Waits(setup.listener());
        begun = setup.clock().instant();
        books = new Bookkeeper(setup, decisions, timers);
        setup.workforce().tell(new Workforce.Enter(run, context.messageAdapter(Workforce.News.class, Heard::new)));
        timers.startTimerWithFixedDelay(Due.SILENCES, silences.interval());
        timers.startTimerWithFixedDelay(Due.WAITS, Waits.interval(setup.patience()));
        if (setup.dataPlane().isPresent()) {
            // Workers upload what nobody refers to in the end.
            timers.startTimerWithFixedDelay(Due.ORPHANS, orphanGrace());
        }
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
        Outcome outcome = message.outcome();
        if (message.by() != this) {
            return Effect().none();
        } else if (outcome instanceof Checked checked) {
            return checked(state, checked);
        } else if (outcome instanceof CheckFailed failed) {
            return checkFailed(state, failed);
        } else if (outcome instanceof Blended blended) {
            return blended(state, blended);
        } else if (outcome instanceof BlendFailed failed) {
            return blendFailed(state, failed);
        } else if (outcome instanceof Inspected inspected) {
            return inspected(state, inspected);
        } else if (outcome instanceof InspectionFailed failed) {
            return inspectionFailed(state, failed);
        }
        throw new IllegalStateException("no rule for " + outcome.getClass());
    }

    private void recovered(RunState state) {
        if (state.phase() == RunPhase.COMPLETED) {
            announcements.standing(state);
        } else if (state.exists() && state.phase() != RunPhase.CANCELLED) {
            inspect(When.RESTARTED, inspection -> inspection.ofAll(state), state);
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
        if (inspecting && !(command instanceof RunCommand.GetStatus)) {
            return Effect().stash();
        }
        Decision decision = decisions.on(state, command, now());
        if (decision.refusal().isPresent()) {
            return Effect().none().thenRun(() -> command.replyTo()
                    .tell(StatusReply.error(decision.refusal().get())));
        }
        boolean toldToGoOn = !(command instanceof RunCommand.GetStatus) && state.phase() == RunPhase.COMPLETED;
        if (toldToGoOn && decision.events().isEmpty()) {
            inspect(new ToldToGoOn(command), inspection -> inspection.ofAll(state), state);
            return Effect().none();
        }
        return happen(state, decision.events()).thenRun((RunState after) -> answer(command, after));
    }

    private void answer(RunCommand command, RunState state) {
        command.replyTo().tell(StatusReply.success(status(state)));
    }

    private Effect<RunEvent, RunState> heard(RunState state, Heard message) {
        Workforce.News heard = message.news();
        if (heard instanceof Workforce.Offer offer) {
            return offered(state, offer);
        } else if (heard instanceof Workforce.Told told) {
            return reported(state, told.report());
        } else if (heard instanceof Workforce.Lost lost) {
            return ended(state, lost.key(), AttemptEnd.LOST, lost.cause(), false);
        } else if (heard instanceof Workforce.Headcount headcount) {
            workers = headcount.names().size();
            speeds.present(headcount.names());
            misfits.present(headcount.names());
            silences.present(headcount.names());
            want(state);
            return Effect().none();
        } else if (heard instanceof Workforce.NobodyLeft nobody) {
            if (inspecting) {
                return Effect().stash();
            }
            return state.phase() == RunPhase.RUNNING
                    ? happen(state, decisions.workerLost(state, nobody.cause(), now()))
                    : Effect().none();
        }
        throw new IllegalStateException("no rule for " + heard.getClass());
    }

    private Effect<RunEvent, RunState> offered(RunState state, Workforce.Offer offer) {
        if (merges.holds(state, offer)) {
            return Effect().none();
        }
        List<RunEvent> events = inspecting
                ? List.of()
                : decisions.assign(state, offer.worker(), speeds.share(offer.worker()), resting, misfits, now());
        if (events.isEmpty() || shunned(state).contains(offer.worker())) {
            setup.workforce().tell(new Workforce.Decline(offer.number()));
            want(state);
            return Effect().none();
        }
        AssignmentKey key = ((RunEvent.Assigned) events.get(0)).key();
        return persisted(events).thenRun((RunState after) -> {
            hand(after, key, offer.number());
            carryOut(state, events, after);
        });
    }

    private Effect<RunEvent, RunState> reported(RunState state, Worker.Report report) {
        AssignmentKey key = report.key();
        if (inspecting || !state.awaits(key)) {
            context.getLog().debug("dropped a stale report: {}", key);
            setup.listener().stale(report);
            return Effect().none();
        }
        long now = System.nanoTime();
        if (report instanceof Worker.Stepped stepped) {
            silences.stepped(key, now);
            return Effect().none().thenRun(() -> stepped(state, stepped));
        } else if (report instanceof Worker.Progressed progressed) {
            silences.progressed(key, progressed.done(), progressed.total(), progressed.what(), now);
            return Effect().none().thenRun(() -> setup.listener()
                    .progressed(key.stage(), progressed.done(), progressed.total(), progressed.what()));
        }
        silences.done(key, now);
        if (report instanceof Worker.Done done) {
            merges.add(done);
            return mergeNext(state);
        } else if (report instanceof Worker.Failed failed) {
            return ended(state, key, AttemptEnd.FAILED, shortened(failed.cause()), failed.permanent());
        } else if (report instanceof Worker.Returned returned) {
            return ended(state, key, AttemptEnd.RETURNED, shortened(returned.cause()), false);
        }
        throw new IllegalStateException("no rule for " + report.getClass());
    }

    private Effect<RunEvent, RunState> ended(
            RunState state, AssignmentKey key, AttemptEnd end, String cause, boolean permanent) {
        if (inspecting || !state.awaits(key)) {
            return Effect().none();
        }
        Optional<String> worker = worker(state, key);
        if (end == AttemptEnd.FAILED && worker.isPresent()) {
            misfits.failed(key.sequence(), worker.get(), permanent);
        }
        worker.ifPresent(this::letRest);
        boolean everywhere = permanent && misfits.nobodyFits();
        return happen(state, decisions.ended(state, key, end, cause, everywhere, now()));
    }

    private static Optional<String> worker(RunState state, AssignmentKey key) {
        return state.current().flatMap(record -> record.task(key.sequence())).flatMap(Task::worker);
    }

    /** A worker that came to nothing is asked again after a while, so that nobody fills the journal with attempts. */
    private void letRest(String worker) {
        WorkerDue due = new WorkerDue(worker);
        timers.startSingleTimer(due, due, setup.patience().retryAfter(misfits.cameToNothing(worker)));
    }

    private Effect<RunEvent, RunState> workerDue(RunState state, WorkerDue due) {
        misfits.rested(due.worker());
        want(state);
        return Effect().none();
    }

    /** Has others do what a worker stands still at. */
    private Effect<RunEvent, RunState> lookAtSilences(RunState state) {
        long now = System.nanoTime();
        List<AssignmentKey> overdue = inspecting ? List.of() : silences.overdue(state.inFlight(), now);
        if (overdue.isEmpty()) {
            return Effect().none();
        }
        AssignmentKey key = overdue.get(0);
        String cause = "worker " + worker(state, key).orElseThrow() + " has told of no progress for "
                + silences.silence(key, now).toSeconds() + " s";
        setup.workforce().tell(new Workforce.Recall(key));
        // One at a time.
        context.getSelf().tell(Due.SILENCES);
        return ended(state, key, AttemptEnd.LOST, cause, false);
    }

    /** Takes up the offers of workers whose results are merged by now. */
    private void reconsider(RunState state) {
        merges.released(state).forEach(offer -> context.getSelf().tell(new Heard(offer)));
    }

    /** Goes on with the results that have come: has their files read, and merges what is sound. */
    private Effect<RunEvent, RunState> mergeNext(RunState state) {
        reconsider(state);
        for (Optional<Worker.Done> next = merges.nextToCheck(state);
                next.isPresent();
                next = merges.nextToCheck(state)) {
            Worker.Done done = next.get();
            Optional<String> unusable = decisions.fault(state, done.result(), done.model());
            Optional<String> fault = unusable.or(() -> books.take(state, done.result()));
            if (fault.isPresent()) {
                merges.refused(done);
                return ended(state, done.key(), AttemptEnd.FAILED, fault.get(), unusable.isPresent());
            }
            check(state, done);
        }
        Optional<Worker.Done> next = merges.next(state);
        if (next.isEmpty()) {
            return Effect().none();
        }
        Worker.Done done = next.get();
        Optional<StudentMerger.Order> order = decisions.blending(state, done.result());
        if (order.isEmpty()) {
            return merge(state, done, Optional.empty());
        }
        blend(state, done, order.get());
        return Effect().none();
    }

    private Effect<RunEvent, RunState> merge(RunState state, Worker.Done done, Optional<Blend> blend) {
        worker(state, done.key()).ifPresent(misfits::proved);
        return happen(state, decisions.done(state, done.result(), done.model(), blend, now()));
    }

    private void check(RunState state, Worker.Done done) {
        ResultFiles files = new ResultFiles(setup.directories().apply(state.directory()));
        Work work = decisions.work(state, done.key());
        Optional<BlobRef> like = decisions.like(state, done.key());
        context.pipeToSelf(
                onBlockingThread(() -> {
                    try {
                        return files.fault(work, done.result(), like);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }),
                (fault, failure) -> new Finished(
                        this, failure == null ? new Checked(done, fault) : new CheckFailed(done, failure.getCause())));
    }

    private Effect<RunEvent, RunState> checked(RunState state, Checked message) {
        AssignmentKey key = message.done().key();
        if (message.fault().isEmpty()) {
            merges.sound(message.done());
            return mergeNext(state);
        }
        merges.refused(message.done());
        return inspecting || !state.awaits(key)
                ? mergeNext(state)
                : ended(state, key, AttemptEnd.FAILED, shortened(message.fault().get()), false);
    }

    private Effect<RunEvent, RunState> checkFailed(RunState state, CheckFailed message) {
        merges.refused(message.done());
        if (inspecting || !state.awaits(message.done().key())) {
            // What it was compared with may have been deleted with the recall.
            return mergeNext(state);
        }
        throw broken("a result cannot be checked: ", message.cause());
    }

    private void blend(RunState state, Worker.Done done, StudentMerger.Order order) {
        merges.blend(done);
        StudentMerger merger = books.merger(state);
        long start = System.nanoTime();
        context.pipeToSelf(
                onBlockingThread(() -> {
                    try {
                        return merger.merge(order);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }),
                (blend, failure) -> failure == null
                        ? new Finished(this, new Blended(done, blend, Duration.ofNanos(System.nanoTime() - start)))
                        : new Finished(this, new BlendFailed(done, failure.getCause())));
    }

    private Effect<RunEvent, RunState> blended(RunState state, Blended message) {
        merges.blended();
        if (inspecting || !state.awaits(message.done().key())) {
            return mergeNext(state);
        }
        setup.listener().blended(message.blend().staleness(), message.took());
        return merge(state, message.done(), Optional.of(message.blend()));
    }

    private Effect<RunEvent, RunState> blendFailed(RunState state, BlendFailed message) {
        merges.blended();
        if (inspecting || !state.awaits(message.done().key())) {
            // What it needed may have been deleted with the recall.
            return mergeNext(state);
        }
        if (message.cause() instanceof UncheckedIOException io
                && io.getCause() instanceof StudentMerger.UnusableResultException unusable) {
            return ended(state, message.done().key(), AttemptEnd.FAILED, shortened(unusable.getMessage()), false);
        }
        throw broken("a result cannot be merged: ", message.cause());
    }

    private IllegalStateException broken(String what, Throwable cause) {
        setup.listener().broken(cause);
        return new IllegalStateException(what + cause.getMessage(), cause);
    }

    private Effect<RunEvent, RunState> inspected(RunState state, Inspected message) {
        inspecting = false;
        Occasion occasion = message.occasion();
        message.damage().ifPresent(damage -> setup.listener().damaged(damage.stage(), damage.cause()));
        if (occasion == When.RESTARTED) {
            books.recovered(state, orphanLimit());
            announcements.standing(state);
        }
        List<RunEvent> events = found(state, occasion, message.damage());
        return persisted(events)
                .thenRun((RunState after) -> {
                    carryOut(state, events, after);
                    if (occasion instanceof ToldToGoOn told) {
                        answer(told.command(), after);
                    }
                })
                .thenUnstashAll();
    }

    private List<RunEvent> found(RunState state, Occasion occasion, Optional<Damage> damage) {
        if (occasion == When.STAGE_OVER) {
            return state.phase() != RunPhase.RUNNING
                    ? List.of()
                    : damage.map(found -> decisions.unverified(state, found.cause(), now()))
                            .orElseGet(() -> decisions.verified(state, now()));
        } else if (damage.isPresent()) {
            return decisions.damaged(state, damage.get(), now());
        }
        return occasion == When.RESTARTED ? decisions.restarted(state, now()) : List.of();
    }

    private Effect<RunEvent, RunState> inspectionFailed(RunState state, InspectionFailed message) {
        setup.listener().broken(message.cause());
        throw new IllegalStateException("the folder of run " + state.run() + " cannot be inspected", message.cause());
    }

    private Effect<RunEvent, RunState> attemptDue(RunState state, AttemptDue due) {
        resting.remove(due.sequence());
        want(state);
        return Effect().none();
    }

    private Effect<RunEvent, RunState> due(RunState state, Due due) {
        if (due == Due.MERGE) {
            return mergeNext(state);
        } else if (due == Due.ORPHANS) {
            if (state.exists() && !inspecting) {
                books.dropOrphans(state, orphanLimit());
            }
            return Effect().none();
        } else if (due == Due.SILENCES) {
            return lookAtSilences(state);
        } else if (due == Due.WAITS) {
            waits.look(state.phase() == RunPhase.RUNNING ? waiting(state) : Optional.empty());
            return Effect().none();
        }
        books.catchUp(state);
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
        if (events.stream().anyMatch(Run::beginsAnew)) {
            misfits.forget();
        }
        events.stream()
                .filter(RunEvent.AttemptFailed.class::isInstance)
                .forEach(event -> rest(after, (RunEvent.AttemptFailed) event));
        if (after.phase() == RunPhase.RUNNING && events.stream().anyMatch(event -> reliesOnMore(event, before))) {
            inspect(When.GOES_ON, inspection -> inspection.ofAll(after), after);
        }
        want(after);
        reconsider(after);
        if (!merges.isEmpty()) {
            context.getSelf().tell(Due.MERGE);
        }
        recallWork(before, events, after);
        books.happened(before, events, after);
        announcements.happened(events, after);
        boolean running = after.phase() == RunPhase.RUNNING && after.current().isPresent();
        if (running && !inspecting && decisions.plan(after).finished(after)) {
            StageRecord current = after.current().orElseThrow();
            inspect(When.STAGE_OVER, inspection -> inspection.ofStage(after, current), after);
        }
    }

    /** Whether what workers failed at is over, or was mended. */
    private static boolean beginsAnew(RunEvent event) {
        return event instanceof RunEvent.Resumed
                || event instanceof RunEvent.StageStarted
                || event instanceof RunEvent.StageReset
                || event instanceof RunEvent.Removed
                || event instanceof RunEvent.StageRewound;
    }

    /** Whether the run needs files from now on that it did not need before, or may have failed for want of. */
    private static boolean reliesOnMore(RunEvent event, RunState before) {
        return event instanceof RunEvent.StageReset
                || event instanceof RunEvent.StageRewound
                || (event instanceof RunEvent.Resumed && before.phase() == RunPhase.FAILED);
    }

    /** Has workers stop what nobody waits for any more. */
    private void recallWork(RunState before, List<RunEvent> events, RunState after) {
        List<AssignmentKey> returned = events.stream()
                .flatMap(event -> event instanceof RunEvent.Merged merged
                        ? Stream.of(merged.result().key())
                        : event instanceof RunEvent.AttemptFailed failed && failed.end() != AttemptEnd.RETURNED
                                ? Stream.of(failed.key())
                                : Stream.empty())
                .toList();
        before.inFlight().stream()
                .filter(key -> !after.awaits(key) && !returned.contains(key))
                .forEach(key -> setup.workforce().tell(new Workforce.Recall(key)));
    }

    /** A failed assignment waits before its next attempt, the longer the more often it failed. */
    private void rest(RunState state, RunEvent.AttemptFailed failed) {
        boolean waits = failed.end() == AttemptEnd.FAILED || failed.end() == AttemptEnd.LOST;
        Optional<Task> task =
                state.current().flatMap(record -> record.task(failed.key().sequence()));
        if (waits && task.isPresent() && state.phase() == RunPhase.RUNNING) {
            int tries = Math.max(1, task.get().failures() + task.get().losses());
            AttemptDue due = new AttemptDue(failed.key().stage(), task.get().sequence());
            resting.add(due.sequence());
            timers.startSingleTimer(due, due, setup.patience().retryAfter(tries));
        }
    }

    private void want(RunState state) {
        int assignments = inspecting ? 0 : decisions.demand(state, resting);
        setup.workforce().tell(new Workforce.Want(state.run(), assignments, shunned(state)));
    }

    private Set<String> shunned(RunState state) {
        return misfits.shunned(RunDecisions.waiting(state, resting));
    }

    private void hand(RunState state, AssignmentKey key, long offer) {
        Work work = decisions.work(state, key);
        worker(state, key).ifPresent(name -> silences.began(key, name, work.leg(), work.steps(), System.nanoTime()));
        if (work.kind() == Work.Kind.TRAIN && key.attempt() > 1) {
            books.forget(state, key.stage(), work.slice());
        }
        Assignment assignment = new Assignment(
                key,
                state.config(),
                books.directory(state),
                setup.dataPlane(),
                state.model(),
                RunDecisions.inputs(state, work),
                work);
        setup.workforce().tell(new Workforce.Hand(offer, assignment));
    }

    private void inspect(Occasion occasion, Function<Inspection, Optional<Damage>> task, RunState state) {
        inspecting = true;
        Inspection inspection = new Inspection(setup.directories().apply(state.directory()));
        context.pipeToSelf(
                onBlockingThread(() -> task.apply(inspection)),
                (damage, failure) -> new Finished(
                        this, failure == null ? new Inspected(occasion, damage) : new InspectionFailed(failure)));
    }

    private <T> CompletableFuture<T> onBlockingThread(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, DiskWork.of(context.getSystem()));
    }

    private void stepped(RunState state, Worker.Stepped stepped) {
        worker(state, stepped.key())
                .ifPresent(worker -> speeds.took(
                        worker, stepped.metrics().stage(), stepped.metrics().seconds()));
        books.append(state, stepped.metrics(), now());
        setup.listener().stepped(stepped.metrics());
    }

    /**
     * What nobody refers to may be deleted if it is older. Counted back from the time that files are given, but not from
     * a leap of it: files that have just come would seem old.
     */
    private Instant orphanLimit() {
        Instant now = setup.clock().instant();
        Instant steady = begun.plusNanos(System.nanoTime() - begunNanos);
        return (now.isBefore(steady) ? now : steady).minus(orphanGrace());
    }

    private Duration orphanGrace() {
        return context.getSystem().settings().config().getDuration("espalier.blobs.grace");
    }

    private RunStatus status(RunState state) {
        return new RunStatus(state.run(), state.phase().name(), Manifest.of(state, waiting(state)));
    }

    /** What a running run waits for, or a finished one lacks; empty while somebody works for it. */
    private Optional<String> waiting(RunState state) {
        if (state.phase() == RunPhase.COMPLETED) {
            return missing(state);
        } else if (state.phase() != RunPhase.RUNNING) {
            return Optional.empty();
        } else if (!state.inFlight().isEmpty()) {
            return silences.stillness(state.inFlight(), System.nanoTime()).map(Waits::forNews);
        } else if (inspecting) {
            return Optional.of("its files are being verified");
        } else if (decisions.demand(state, resting) == 0) {
            return Optional.of("the next attempt is not due yet");
        }
        return Optional.of(Waits.forWorkers(workers, shunned(state)));
    }

    private Optional<String> missing(RunState state) {
        List<Artefact> missing = new Inspection(setup.directories().apply(state.directory())).missing(state);
        if (inspecting || missing.isEmpty()) {
            return inspecting ? Optional.of("its files are being verified") : Optional.empty();
        }
        int others = missing.size() - 1;
        return Optional.of("missing: " + missing.get(0).path()
                + (others == 0 ? "" : " and " + others + " more") + ", in " + state.directory()
                + "; resume makes " + (others == 0 ? "it" : "them") + " again");
    }

    private Instant now() {
        return setup.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private static String shortened(String cause) {
        return cause.length() <= MAX_CAUSE_LENGTH ? cause : cause.substring(0, MAX_CAUSE_LENGTH) + "...";
    }
}
