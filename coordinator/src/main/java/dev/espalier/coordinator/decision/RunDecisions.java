package dev.espalier.coordinator.decision;

import dev.espalier.coordinator.conduct.Misfits;
import dev.espalier.coordinator.folder.Damage;
import dev.espalier.coordinator.folder.ResultCheck;
import dev.espalier.coordinator.folder.RunFolder;
import dev.espalier.coordinator.merge.Aggregator;
import dev.espalier.coordinator.merge.SampleMerger;
import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.ResumePoint;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.coordinator.state.Task;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What a run decides when something happens: pure, events out of state and news. The actor only carries it out. */
public final class RunDecisions {
    /** Tries of one assignment before its stage fails. */
    static final int MAX_ATTEMPTS = 3;

    /**
     * Workers that one assignment may lose before its stage fails. More than tries: workers come and go without its
     * fault, but one that kills its worker each time must not go round for ever.
     */
    static final int MAX_LOSSES = 5;

    private final Function<String, RunConfig> reader;
    private final StageKinds kinds;

    // Reading a configuration costs more than any decision, and a run hardly ever changes its own.
    private String readText = "";
    private RunConfig read;

    /**
     * @param reader how a resolved configuration is read
     * @param kinds the stages that a run may have
     */
    public RunDecisions(Function<String, RunConfig> reader, StageKinds kinds) {
        this.reader = reader;
        this.kinds = kinds;
    }

    public StagePlan plan(RunState state) {
        return new StagePlan(config(state), kinds);
    }

    public RunConfig config(RunState state) {
        if (read == null || !readText.equals(state.config())) {
            read = reader.apply(state.config());
            readText = state.config();
        }
        return read;
    }

    /** Why this version cannot go on with the run, which another may have begun; empty if it can. */
    public Optional<String> unreadable(RunState state) {
        try {
            config(state);
            return Optional.empty();
        } catch (UserError e) {
            return Optional.of("the configuration that the run began with cannot be read any more (" + e.getMessage()
                    + "): submit the run again with one that can, or go back to the version that it began with");
        }
    }

    public Decision on(RunState state, RunCommand command, Instant at) {
        if (command instanceof RunCommand.Submit submit) {
            return submit(state, submit, at);
        } else if (command instanceof RunCommand.Remove) {
            return remove(state, at);
        } else if (!state.exists()) {
            return Decision.refuse("there is no such run: submit it first");
        } else if (command instanceof RunCommand.GetStatus) {
            return Decision.accept(List.of());
        } else if (command instanceof RunCommand.Pause) {
            return pause(state, at);
        } else if (command instanceof RunCommand.Cancel) {
            return cancel(state, at);
        } else if (unreadable(state).isPresent()) {
            return Decision.refuse(unreadable(state).get());
        } else if (command instanceof RunCommand.Resume) {
            return resume(state, at);
        } else if (command instanceof RunCommand.Retry retry) {
            return retry(state, retry, at);
        } else if (command instanceof RunCommand.Skip) {
            return skip(state, at);
        }
        throw new IllegalStateException("no rule for " + command.getClass());
    }

    private Decision submit(RunState state, RunCommand.Submit command, Instant at) {
        if (state.phase() == RunPhase.CANCELLED) {
            return resume(state, at);
        }
        try {
            List<Stage> stages = new StagePlan(reader.apply(command.config()), kinds).stages();
            if (!state.exists()) {
                Journey journey = new Journey(state)
                        .then(new RunEvent.Submitted(command.run(), command.directory(), command.config(), stages, at));
                return Decision.accept(proceed(journey, at).events());
            }
            Redoing redoing = Redoing.of(state, command, stages);
            if (redoing.refusal().isPresent()) {
                return Decision.refuse(redoing.refusal().get());
            }
            Journey journey = new Journey(state);
            redoing.events(at).forEach(journey::then);
            return Decision.accept(goOn(journey, at).events());
        } catch (UserError e) {
            return Decision.refuse(e.getMessage());
        }
    }

    private static Decision remove(RunState state, Instant at) {
        return switch (state.phase()) {
            case RUNNING -> Decision.refuse("run " + state.run() + " is at work: cancel it first");
            case PAUSED, FAILED, COMPLETED, CANCELLED -> Decision.accept(List.of(new RunEvent.Removed(at)));
            case PENDING -> Decision.accept(List.of());
        };
    }

    private Decision resume(RunState state, Instant at) {
        return switch (state.phase()) {
            case RUNNING, COMPLETED -> Decision.accept(List.of());
            case PAUSED, FAILED -> Decision.accept(goOn(new Journey(state), at).events());
            case CANCELLED, PENDING ->
                Decision.refuse("run " + state.run()
                        + " was cancelled for good: remove it with 'espalier rm', or choose another"
                        + " run.name or --out");
        };
    }

    private static Decision pause(RunState state, Instant at) {
        return switch (state.phase()) {
            case RUNNING -> Decision.accept(List.of(new RunEvent.Paused(at)));
            case PAUSED -> Decision.accept(List.of());
            case FAILED, COMPLETED, CANCELLED, PENDING ->
                Decision.refuse("run " + state.run() + " is not running: it is " + state.phase());
        };
    }

    private static Decision cancel(RunState state, Instant at) {
        return switch (state.phase()) {
            case RUNNING, PAUSED, FAILED -> Decision.accept(List.of(new RunEvent.Cancelled(at)));
            case CANCELLED -> Decision.accept(List.of());
            case COMPLETED, PENDING -> Decision.refuse("run " + state.run() + " has completed");
        };
    }

    private Decision retry(RunState state, RunCommand.Retry command, Instant at) {
        Stage stage = command.stage();
        Optional<StageRecord> record = state.stage(stage);
        if (state.phase() == RunPhase.CANCELLED) {
            return resume(state, at);
        } else if (record.isEmpty()) {
            return Decision.refuse("run " + state.run() + " has no stage " + stage.word());
        } else if (record.get().state() == StageState.PENDING) {
            return Decision.refuse("stage " + stage.word() + " has not been started yet: resume the run instead");
        }
        if (command.from().isPresent()) {
            return rewind(state, stage, command.from().getAsInt(), at);
        }
        Journey journey = new Journey(state).then(new RunEvent.StageReset(stage, "done again by command", at));
        return Decision.accept(goOn(journey, at).events());
    }

    private Decision rewind(RunState state, Stage stage, int version, Instant at) {
        int keep = config(state).checkpoint().keep();
        if (RunFolder.keeps(state, version, keep)
                && state.resumePoint(stage, version).isPresent()) {
            String cause = "goes on from student version " + version + " by command";
            Journey journey = new Journey(state).then(new RunEvent.StageRewound(stage, version, cause, at));
            return Decision.accept(goOn(journey, at).events());
        }
        List<String> kept = state.resumePoints().stream()
                .filter(point -> point.record().stage().equals(stage))
                .map(ResumePoint::version)
                .filter(made -> RunFolder.keeps(state, made, keep))
                .map(made -> Integer.toString(made))
                .toList();
        return Decision.refuse("run " + state.run() + " keeps no student version " + version + " of stage "
                + stage.word() + ": "
                + (kept.isEmpty()
                        ? "it keeps none; retry the stage without --from"
                        : "it keeps " + String.join(", ", kept) + " (checkpoint.keep)"));
    }

    private Decision skip(RunState state, Instant at) {
        if (state.phase() != RunPhase.FAILED && state.phase() != RunPhase.PAUSED) {
            return Decision.refuse("only a failed or paused stage can be skipped; the run is " + state.phase());
        }
        Stage stage = state.current().orElseThrow().stage();
        if (!plan(state).skippable(stage)) {
            return Decision.refuse("the later stages need " + stage.word() + ": it cannot be skipped");
        }
        Journey journey = new Journey(state).then(new RunEvent.StageSkipped(stage, at));
        return Decision.accept(proceed(journey, at).events());
    }

    /** How many assignments could be handed out now. */
    public int demand(RunState state, Set<Long> resting) {
        if (state.phase() != RunPhase.RUNNING || state.current().isEmpty()) {
            return 0;
        }
        return waiting(state, resting).size() + plan(state).fresh(state);
    }

    /** Assignments that are to be handed out again, by sequence number. */
    public static List<Long> waiting(RunState state, Set<Long> resting) {
        return state.current().stream()
                .flatMap(record -> record.open().stream())
                .filter(task -> !task.inFlight() && !resting.contains(task.sequence()))
                .map(Task::sequence)
                .toList();
    }

    /**
     * Hands the next assignment to a worker, rather one that it has not failed at yet; nothing if there is none.
     *
     * @param resting assignments whose next attempt is not due yet, by sequence number
     * @param misfits know who failed at what
     * @param speed the worker's, as a share of the fastest one's
     */
    public List<RunEvent> assign(
            RunState state, String worker, double speed, Set<Long> resting, Misfits misfits, Instant at) {
        if (demand(state, resting) == 0) {
            return List.of();
        }
        StageRecord record = state.current().orElseThrow();
        Optional<Task> again = record.open().stream()
                .filter(task -> !task.inFlight() && !resting.contains(task.sequence()))
                .min(Comparator.comparing(task -> misfits.triedBy(worker, task.sequence())));
        int base = state.students().size();
        if (again.isPresent()) {
            Task task = again.get();
            Slice slice = plan(state).whole(state, task.slice());
            return List.of(new RunEvent.Assigned(
                    new AssignmentKey(state.run(), record.stage(), task.sequence(), task.attempt() + 1),
                    plan(state).leg(state, task).name(),
                    new Slice(slice.firstStep(), slice.steps(), slice.lane(), base, slice.data()),
                    worker,
                    at));
        }
        Slice whole = plan(state).next(state).orElseThrow();
        int steps = whole.steps() == 0 ? 0 : Math.max(1, (int) Math.round(whole.steps() * speed));
        return List.of(new RunEvent.Assigned(
                new AssignmentKey(state.run(), record.stage(), record.next(), record.attemptsBefore() + 1),
                plan(state).free(state).orElseThrow().name(),
                new Slice(whole.firstStep(), steps, freeLane(record, worker), base, whole.data()),
                worker,
                at));
    }

    /** The free lane that the worker served last, whose moments it may still hold; else the first. */
    private static int freeLane(StageRecord record, String worker) {
        Set<Integer> taken =
                record.open().stream().map(task -> task.slice().lane()).collect(Collectors.toSet());
        List<Integer> free = IntStream.rangeClosed(
                        0, taken.size() + record.lanes().size())
                .filter(lane -> !taken.contains(lane))
                .boxed()
                .toList();
        return free.stream()
                .filter(lane -> lane < record.lanes().size()
                        && record.lanes().get(lane).worker().equals(worker))
                .findFirst()
                .orElse(free.get(0));
    }

    /** What an assignment in flight was to do. */
    public Work work(RunState state, AssignmentKey key) {
        return plan(state)
                .work(state, state.current().orElseThrow().task(key.sequence()).orElseThrow());
    }

    /** Files of earlier assignments that the work reads: models, and which units are left in them. */
    public static List<Artefact> inputs(RunState state, Work work) {
        List<String> folders = work.reads().folders();
        return state.stages().stream()
                .flatMap(record -> record.artefacts().stream())
                .filter(artefact -> folders.stream()
                        .anyMatch(name -> artefact.path().startsWith(name + "/")
                                || artefact.path().equals(RunLayout.keptBeside(name))))
                .toList();
    }

    /**
     * What must be blended before the result can be merged; empty if it can be merged, or dropped, as it is.
     *
     * @param result of an attempt in flight, without a {@link #fault}
     */
    public Optional<StudentMerger.Order> blending(RunState state, WorkResult result) {
        StageRecord record = state.current().orElseThrow();
        Slice slice = slice(state, result.key());
        int staleness = state.students().size() - slice.base();
        if (result.student().isEmpty()
                || plan(state).student(state).isEmpty()
                || isTooLate(state, staleness)
                || (aggregator(state).adopts(staleness) && !result.delta())) {
            return Optional.empty();
        }
        return Optional.of(new StudentMerger.Order(
                record.student().orElseThrow(),
                state.base(slice).orElseThrow(),
                result.student().get(),
                record.outer(),
                staleness,
                Math.max(1, record.lanes().size())));
    }

    /**
     * What the next version is to be made of, if workers measure and the coordinator learns; empty if the result is none of
     * that kind, or is dropped.
     *
     * @param result of an attempt in flight, without a {@link #fault}
     */
    public Optional<SampleMerger.Order> learning(RunState state, WorkResult result) {
        StageRecord record = state.current().orElseThrow();
        Task task = record.task(result.key().sequence()).orElseThrow();
        Optional<Leg.Sampling> sampling =
                plan(state).leg(state, task) instanceof Leg.Steps steps ? steps.sampling() : Optional.empty();
        int staleness = state.students().size() - task.slice().base();
        if (sampling.isEmpty() || isTooLate(state, staleness)) {
            return Optional.empty();
        }
        Optional<BlobRef> newest = plan(state).student(state);
        BlobRef start = sampling.get().start().orElseThrow();
        return Optional.of(new SampleMerger.Order(
                sampling.get().maker(),
                config(state).at(record.stage()),
                record.stage(),
                plan(state).whole(state, task.slice()),
                result.measurements(),
                newest.flatMap(version -> state.base(task.slice())).orElse(start),
                newest.orElse(start),
                staleness));
    }

    private boolean isTooLate(RunState state, int staleness) {
        return plan(state).student(state).isPresent()
                && staleness > config(state).cluster().maxStaleness();
    }

    /** A student version of the model that an attempt in flight trains; empty if its own is the first. */
    public Optional<BlobRef> like(RunState state, AssignmentKey key) {
        return plan(state).student(state).isEmpty() ? Optional.empty() : state.base(slice(state, key));
    }

    public Aggregator aggregator(RunState state) {
        RunConfig.Outer outer = config(state).cluster().outer();
        return new Aggregator(outer.learningRate(), outer.momentum());
    }

    private static Slice slice(RunState state, AssignmentKey key) {
        return state.current().orElseThrow().task(key.sequence()).orElseThrow().slice();
    }

    /**
     * What is wrong with an assignment that has returned, so that no such worker can do it.
     *
     * @param model identity of the model that the worker has
     */
    public Optional<String> fault(RunState state, WorkResult result, String model) {
        return ResultCheck.fault(work(state, result.key()), result)
                .or(() -> state.model()
                        .filter(known -> !known.equals(model))
                        .map(known -> "the worker's model is not the one that the run began with (identity " + model
                                + " instead of " + known + ")"))
                .or(() -> deadEnd(state, result, model));
    }

    /**
     * What is measured decides what comes next. In the journal it is there to stay, so that is tried before: with a
     * measurement that a method cannot read, no replay would ever come to an end. (Of steps that a version is made from,
     * {@link SampleMerger} says as much.)
     */
    private Optional<String> deadEnd(RunState state, WorkResult result, String model) {
        if (work(state, result.key()).kind() == Work.Kind.SAMPLE) {
            return Optional.empty();
        }
        try {
            RunState after = state;
            for (RunEvent event : done(state, result, model, Optional.empty(), Instant.EPOCH)) {
                after = after.apply(event);
            }
            StagePlan plan = plan(after);
            Optional<Slice> next = plan.next(after);
            if (next.isPresent()) {
                plan.work(after, next.get());
            }
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of("nothing can follow from what the worker measured: " + e);
        }
    }

    /**
     * An assignment in flight has returned, without a {@link #fault}.
     *
     * @param model identity of the model that the worker has
     * @param blend what {@link #blending} asked for
     */
    public List<RunEvent> done(RunState state, WorkResult result, String model, Optional<Blend> blend, Instant at) {
        Work work = work(state, result.key());
        Stage stage = state.current().orElseThrow().stage();
        int staleness = state.students().size() - slice(state, result.key()).base();
        if (work.inSteps() && isTooLate(state, staleness)) {
            String cause = "the result came " + staleness + " versions late, more than cluster.max-staleness";
            return ended(state, result.key(), AttemptEnd.STALE, cause, false, at);
        }
        Journey journey = new Journey(state);
        if (state.model().isEmpty()) {
            journey.then(new RunEvent.ModelIdentified(model, at));
        }
        journey.then(new RunEvent.Merged(result, work.steps(), blend, at));
        if (work.inSteps()) {
            Optional<BlobRef> version = blend.map(Blend::student).or(result::student);
            plan(state)
                    .notes(state, work.slice(), result, version)
                    .forEach(note -> journey.then(new RunEvent.Noted(stage, note, at)));
        }
        return journey.events();
    }

    /**
     * An attempt in flight has ended without a result: there will be another, or its stage fails.
     *
     * @param permanent whether no worker that is there can do it
     */
    public List<RunEvent> ended(
            RunState state, AssignmentKey key, AttemptEnd end, String cause, boolean permanent, Instant at) {
        Journey journey = new Journey(state).then(new RunEvent.AttemptFailed(key, end, cause, permanent, at));
        Task task = journey.state().current().orElseThrow().task(key.sequence()).orElseThrow();
        if (permanent || task.failures() >= MAX_ATTEMPTS || task.losses() >= MAX_LOSSES) {
            journey.then(new RunEvent.StageFailed(key.stage(), cause, permanent, at));
        }
        return journey.events();
    }

    /** The run was just recovered: nobody knows of what was in flight any more. */
    public List<RunEvent> restarted(RunState state, Instant at) {
        Journey journey = new Journey(state);
        state.inFlight()
                .forEach(key -> journey.then(new RunEvent.AttemptFailed(
                        key, AttemptEnd.RETURNED, "the coordinator was restarted", false, at)));
        return proceed(journey, at).events();
    }

    /** No worker is left to do what the current stage needs. */
    public List<RunEvent> workerLost(RunState state, String cause, Instant at) {
        Stage stage = state.current().orElseThrow().stage();
        return List.of(new RunEvent.StageFailed(stage, cause, false, at));
    }

    /** The run cannot go on, if it was to: what keeps it from that is the current stage's failure. */
    public List<RunEvent> failed(RunState state, String cause, Instant at) {
        return state.phase() != RunPhase.RUNNING
                ? List.of()
                : List.of(new RunEvent.StageFailed(state.current().orElseThrow().stage(), cause, true, at));
    }

    /** The current stage's work is merged, and all it left has verified. */
    public List<RunEvent> verified(RunState state, Instant at) {
        Stage stage = state.current().orElseThrow().stage();
        return proceed(new Journey(state).then(new RunEvent.StageCompleted(stage, at)), at)
                .events();
    }

    /** The current stage's work is merged, but what it left is not what the worker said. */
    public List<RunEvent> unverified(RunState state, String cause, Instant at) {
        Stage stage = state.current().orElseThrow().stage();
        return List.of(new RunEvent.StageFailed(stage, cause, false, at));
    }

    /** Something that the run relies on turned out to be damaged: its stage goes on from the newest version that is not. */
    public List<RunEvent> damaged(RunState state, Damage damage, Instant at) {
        RunEvent back = damage.intact().isPresent()
                ? new RunEvent.StageRewound(
                        damage.stage(),
                        damage.intact().getAsInt(),
                        damage.cause() + "; goes on from student version "
                                + damage.intact().getAsInt(),
                        at)
                : new RunEvent.StageReset(damage.stage(), damage.cause(), at);
        return proceed(new Journey(state).then(back), at).events();
    }

    private Journey goOn(Journey journey, Instant at) {
        RunPhase phase = journey.state().phase();
        if (phase == RunPhase.PAUSED || phase == RunPhase.FAILED) {
            journey.then(new RunEvent.Resumed(at));
        }
        return proceed(journey, at);
    }

    private Journey proceed(Journey journey, Instant at) {
        Optional<StageRecord> current = journey.state().current();
        if (journey.state().phase() != RunPhase.RUNNING || current.isEmpty()) {
            return journey;
        }
        Stage stage = current.get().stage();
        if (current.get().state() == StageState.PENDING) {
            journey.then(new RunEvent.StageStarted(stage, at));
        }
        return journey;
    }
}
