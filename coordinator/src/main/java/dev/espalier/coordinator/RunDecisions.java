package dev.espalier.coordinator;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What a run decides when something happens: pure, events out of state and news. The actor only carries it out. */
final class RunDecisions {
    /** Tries of one assignment before its stage fails. */
    static final int MAX_ATTEMPTS = 3;

    /** Stages that the later ones can do without. */
    private static final Set<Stage> SKIPPABLE = Set.of(Stage.RECOVER, Stage.EXPORT, Stage.EVALUATE);

    private final Function<String, RunConfig> reader;

    // Reading a configuration costs more than any decision, and a run hardly ever changes its own.
    private String readText = "";
    private RunConfig read;

    /** @param reader how a resolved configuration is read */
    RunDecisions(Function<String, RunConfig> reader) {
        this.reader = reader;
    }

    StagePlan plan(RunState state) {
        return new StagePlan(config(state));
    }

    RunConfig config(RunState state) {
        if (read == null || !readText.equals(state.config())) {
            read = reader.apply(state.config());
            readText = state.config();
        }
        return read;
    }

    Decision on(RunState state, RunCommand command, Instant at) {
        if (command instanceof RunCommand.Submit submit) {
            return submit(state, submit, at);
        } else if (!state.exists()) {
            return Decision.refuse("there is no such run: submit it first");
        } else if (command instanceof RunCommand.GetStatus) {
            return Decision.accept(List.of());
        } else if (command instanceof RunCommand.Resume) {
            return resume(state, at);
        } else if (command instanceof RunCommand.Pause) {
            return pause(state, at);
        } else if (command instanceof RunCommand.Cancel) {
            return cancel(state, at);
        } else if (command instanceof RunCommand.Retry retry) {
            return retry(state, retry.stage(), at);
        } else if (command instanceof RunCommand.Skip) {
            return skip(state, at);
        }
        throw new IllegalStateException("no rule for " + command.getClass());
    }

    private Decision submit(RunState state, RunCommand.Submit command, Instant at) {
        if (!state.exists()) {
            try {
                Journey journey = new Journey(state)
                        .then(new RunEvent.Submitted(
                                command.run(),
                                command.directory(),
                                command.config(),
                                new StagePlan(reader.apply(command.config())).stages(),
                                at));
                return Decision.accept(proceed(journey, at).events());
            } catch (UserError e) {
                return Decision.refuse(e.getMessage());
            }
        }
        List<String> conflicting = ConfigDifference.conflicting(state.config(), command.config());
        if (!conflicting.isEmpty()) {
            return Decision.refuse("run " + state.run() + " exists with another configuration (different: "
                    + String.join(", ", conflicting) + "); choose another run.name or --out");
        }
        if (ConfigDifference.keys(state.config(), command.config()).isEmpty()) {
            return resume(state, at);
        }
        Journey journey = new Journey(state).then(new RunEvent.Reconfigured(command.config(), at));
        if (state.stage(Stage.EVALUATE).isPresent()) {
            journey.then(new RunEvent.StageReset(Stage.EVALUATE, "the evaluation settings have changed", at));
        }
        return Decision.accept(goOn(journey, at).events());
    }

    private Decision resume(RunState state, Instant at) {
        return switch (state.phase()) {
            case RUNNING, COMPLETED -> Decision.accept(List.of());
            case PAUSED, FAILED -> Decision.accept(goOn(new Journey(state), at).events());
            case CANCELLED, PENDING ->
                Decision.refuse(
                        "run " + state.run() + " was cancelled for good; start another with a new run.name or --out");
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

    private Decision retry(RunState state, Stage stage, Instant at) {
        Optional<StageRecord> record = state.stage(stage);
        if (state.phase() == RunPhase.CANCELLED) {
            return resume(state, at);
        } else if (record.isEmpty()) {
            return Decision.refuse("run " + state.run() + " has no stage " + stage.word());
        } else if (record.get().state() == StageState.PENDING) {
            return Decision.refuse("stage " + stage.word() + " has not been started yet: resume the run instead");
        }
        Journey journey = new Journey(state).then(new RunEvent.StageReset(stage, "done again by command", at));
        return Decision.accept(goOn(journey, at).events());
    }

    private Decision skip(RunState state, Instant at) {
        if (state.phase() != RunPhase.FAILED && state.phase() != RunPhase.PAUSED) {
            return Decision.refuse("only a failed or paused stage can be skipped; the run is " + state.phase());
        }
        Stage stage = state.current().orElseThrow().stage();
        if (!SKIPPABLE.contains(stage)) {
            return Decision.refuse("the later stages need " + stage.word() + ": it cannot be skipped");
        }
        Journey journey = new Journey(state).then(new RunEvent.StageSkipped(stage, at));
        return Decision.accept(proceed(journey, at).events());
    }

    /** The assignment in flight has returned. */
    List<RunEvent> done(RunState state, WorkResult result, Instant at) {
        StagePlan plan = plan(state);
        Work work = plan.next(state).orElseThrow();
        Optional<String> fault = ResultCheck.fault(work, result);
        if (fault.isPresent()) {
            return failed(state, result.key(), fault.get(), true, at);
        }
        Journey journey = new Journey(state).then(new RunEvent.Merged(result, StagePlan.steps(work), at));
        if (work instanceof Work.Train train && result.key().stage() == Stage.PRUNE) {
            TeacherTagging.events(plan.curriculum(state), train, state.current().orElseThrow(), result, at)
                    .forEach(journey::then);
        }
        return proceed(journey, at).events();
    }

    /** The assignment in flight has failed: it waits for another attempt, or its stage fails. */
    List<RunEvent> failed(RunState state, AssignmentKey key, String cause, boolean permanent, Instant at) {
        Journey journey = new Journey(state).then(new RunEvent.AttemptFailed(key, cause, permanent, at));
        if (permanent || journey.state().failures() >= MAX_ATTEMPTS) {
            journey.then(new RunEvent.StageFailed(key.stage(), cause, permanent, at));
        }
        return journey.events();
    }

    /** No worker is left to do what the current stage needs. */
    List<RunEvent> workerLost(RunState state, String cause, Instant at) {
        Stage stage = state.current().orElseThrow().stage();
        return List.of(new RunEvent.StageFailed(stage, cause, false, at));
    }

    /** Hands out the next assignment; nothing if the stage's work is all merged. */
    List<RunEvent> proceed(RunState state, Instant at) {
        return proceed(new Journey(state), at).events();
    }

    /** The current stage's work is merged, and all it left has verified. */
    List<RunEvent> verified(RunState state, Instant at) {
        Stage stage = state.current().orElseThrow().stage();
        return proceed(new Journey(state).then(new RunEvent.StageCompleted(stage, at)), at)
                .events();
    }

    /** The current stage's work is merged, but what it left is not what the worker said. */
    List<RunEvent> unverified(RunState state, String cause, Instant at) {
        Stage stage = state.current().orElseThrow().stage();
        return List.of(new RunEvent.StageFailed(stage, cause, false, at));
    }

    /** After a restart something that the run relies on turned out to be damaged. */
    List<RunEvent> damaged(RunState state, Damage damage, Instant at) {
        Journey journey = new Journey(state).then(new RunEvent.StageReset(damage.stage(), damage.cause(), at));
        return proceed(journey, at).events();
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
        if (plan(journey.state()).next(journey.state()).isPresent()) {
            StageRecord record = journey.state().current().orElseThrow();
            journey.then(new RunEvent.Assigned(
                    new AssignmentKey(journey.state().run(), stage, record.merged(), record.attempt() + 1), at));
        }
        return journey;
    }
}
