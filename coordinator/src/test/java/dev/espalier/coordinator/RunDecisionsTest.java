package dev.espalier.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RunDecisionsTest {
    private static final Instant AT = Instant.EPOCH;
    private static final RunCommand.Submit SUBMIT = new RunCommand.Submit("test", "/run", "seed = 1", null);

    private final RunConfigs configs = new RunConfigs();
    private final RunDecisions decisions = new RunDecisions(text -> configs.build());

    static Stream<Arguments> everyCommandInEveryPhase() {
        return Arrays.stream(RunCommand.class.getPermittedSubclasses())
                .flatMap(command -> Arrays.stream(RunPhase.values()).map(phase -> Arguments.of(command, phase)));
    }

    @ParameterizedTest
    @MethodSource("everyCommandInEveryPhase")
    void everyCommandHasAnAnswerInEveryPhase(Class<? extends RunCommand> type, RunPhase phase) {
        RunState state = in(phase);
        assertThat(state.phase()).isEqualTo(phase);
        Decision decision = decisions.on(state, command(type), AT);
        RunState after = apply(state, decision.events());
        if (decision.refusal().isPresent()) {
            assertThat(decision.refusal().get()).isNotBlank();
            assertThat(after).isEqualTo(state);
        } else {
            assertThat(after.exists()).isTrue();
        }
        assertThat(after.inFlight().isPresent())
                .as("work is in flight while the run is running, and only then")
                .isEqualTo(after.phase() == RunPhase.RUNNING);
    }

    @Test
    void whatIsRefusedAndWhatIsNot() {
        Map<RunPhase, List<String>> accepted = new EnumMap<>(RunPhase.class);
        for (RunPhase phase : RunPhase.values()) {
            accepted.put(phase, new ArrayList<>());
            for (Class<?> type : RunCommand.class.getPermittedSubclasses()) {
                RunCommand command = command(type.asSubclass(RunCommand.class));
                if (decisions.on(in(phase), command, AT).refusal().isEmpty()) {
                    accepted.get(phase).add(type.getSimpleName());
                }
            }
        }
        assertThat(accepted)
                .containsEntry(RunPhase.PENDING, List.of("Submit"))
                .containsEntry(RunPhase.RUNNING, List.of("Submit", "Resume", "Pause", "Cancel", "Retry", "GetStatus"))
                .containsEntry(RunPhase.PAUSED, List.of("Submit", "Resume", "Pause", "Cancel", "Retry", "GetStatus"))
                .containsEntry(RunPhase.FAILED, List.of("Submit", "Resume", "Cancel", "Retry", "GetStatus"))
                .containsEntry(RunPhase.COMPLETED, List.of("Submit", "Resume", "Retry", "GetStatus"))
                .containsEntry(RunPhase.CANCELLED, List.of("Cancel", "GetStatus"));
    }

    @Test
    void aConfigurationThatIsWrongIsRefusedWithItsMessage() {
        RunDecisions strict = new RunDecisions(text -> {
            throw new UserError("prune.steps must be at least 1");
        });
        assertThat(strict.on(RunState.NONE, SUBMIT, AT).refusal()).contains("prune.steps must be at least 1");
    }

    @Test
    void aFailedAttemptWaitsForAnotherAndTheThirdFailsTheStage() {
        RunState state = in(RunPhase.RUNNING);
        for (int attempt = 1; attempt <= 2; attempt++) {
            AssignmentKey key = state.inFlight().orElseThrow();
            assertThat(key.attempt()).isEqualTo(attempt);
            state = apply(state, decisions.failed(state, key, "no memory", false, AT));
            assertThat(state.phase()).isEqualTo(RunPhase.RUNNING);
            assertThat(state.inFlight()).isEmpty();
            state = apply(state, decisions.proceed(state, AT));
        }
        state = apply(state, decisions.failed(state, state.inFlight().orElseThrow(), "no memory", false, AT));
        assertThat(state.phase()).isEqualTo(RunPhase.FAILED);
        assertThat(state.current().orElseThrow().cause()).isEqualTo("no memory");
    }

    @Test
    void aMergeForgetsEarlierFailures() {
        RunState state = in(RunPhase.RUNNING);
        state = apply(state, decisions.failed(state, state.inFlight().orElseThrow(), "no memory", false, AT));
        state = apply(state, decisions.proceed(state, AT));
        state = done(state, 1, 0.01);
        assertThat(state.failures()).isZero();
        assertThat(state.inFlight().orElseThrow()).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 1, 1));
    }

    @Test
    void attemptsAfterARetryAreNewOnesForEveryAssignment() {
        RunState state = done(done(in(RunPhase.RUNNING), 1, 0.04), 2, 0.09);
        state = apply(
                state,
                decisions.on(state, new RunCommand.Retry(Stage.PRUNE, null), AT).events());
        assertThat(state.inFlight().orElseThrow()).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 0, 2));
        assertThat(state.teachers()).isEmpty();
        state = done(state, 3, 0.04);
        assertThat(state.inFlight().orElseThrow()).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 1, 2));
    }

    @Test
    void studentsAreTaggedAsTeachersWhenTheyCrossAThreshold() {
        RunState state = done(done(in(RunPhase.RUNNING), 1, 0.004), 2, 0.023);
        assertThat(state.teachers()).containsExactly(new TaggedTeacher(2, blob(2)));
        assertThat(state.turnedAt()).isEmpty();
        state = done(state, 3, 0.197);
        assertThat(state.teachers()).containsExactly(new TaggedTeacher(2, blob(2)), new TaggedTeacher(19, blob(3)));
        assertThat(state.turnedAt()).isEqualTo(OptionalInt.of(15));
    }

    @Test
    void theAuthorsCodeTagsTheVersionThatAStepStartedFrom() {
        configs.faithful = true;
        RunState state = done(done(in(RunPhase.RUNNING), 1, 0.05), 2, 0.06);
        assertThat(state.teachers()).containsExactly(new TaggedTeacher(1, blob(1)));
    }

    @Test
    void aWholeRunWalksItsTeachersAsTheAuthorsCodeDoes() {
        configs.faithful = true;
        configs.sparsity = 0.5;
        configs.pruneSteps = 8200;
        configs.warmupSteps = 1171;
        Map<Integer, String> golden = Map.of(
                235, "intact", 236, "1", 1171, "40", 1172, "41", 1201, "40", 1341, "39", 6660, "2", 6661, "1", 6801,
                "intact");
        Map<Integer, String> walked = new HashMap<>();
        RunState state = in(RunPhase.RUNNING);
        for (int step = 0; step < 8200; step++) {
            Work.Train slice = (Work.Train) decisions.plan(state).next(state).orElseThrow();
            if (golden.containsKey(step)) {
                walked.put(step, slice.teacher().word());
            }
            state = done(state, step + 1, 0.5 * Math.min(1, (step + 1) / 1171.0));
        }
        assertThat(walked).isEqualTo(golden);
    }

    @Test
    void aResultWithoutWhatItsWorkPromisesFailsTheStageForGood() {
        RunState state = in(RunPhase.RUNNING);
        WorkResult empty =
                new WorkResult(state.inFlight().orElseThrow(), Optional.empty(), Double.NaN, List.of(), "{}");
        RunState after = apply(state, decisions.done(state, empty, AT));
        assertThat(after.phase()).isEqualTo(RunPhase.FAILED);
        assertThat(after.current().orElseThrow().cause()).contains("no student");
    }

    @Test
    void measurementsThatAreNoJsonOrTooLongFailTheStage() {
        RunState state = in(RunPhase.RUNNING);
        AssignmentKey key = state.inFlight().orElseThrow();
        for (String measurements : List.of("[]", "{", "{\"a\":\"" + "x".repeat(70_000) + "\"}")) {
            WorkResult result = new WorkResult(key, Optional.of(blob(1)), 0.1, List.of(), measurements);
            assertThat(apply(state, decisions.done(state, result, AT)).phase()).isEqualTo(RunPhase.FAILED);
        }
    }

    @Test
    void replayingTheEventsGivesTheSameState() {
        configs.initialiseFrom = Optional.empty();
        List<RunEvent> journal =
                new ArrayList<>(decisions.on(RunState.NONE, SUBMIT, AT).events());
        RunState state = apply(RunState.NONE, journal);
        for (int version = 1; version <= 6; version++) {
            List<RunEvent> events = decisions.done(state, student(state, version, version * 0.04), AT);
            journal.addAll(events);
            state = apply(state, events);
        }
        assertThat(apply(RunState.NONE, journal)).isEqualTo(state);
    }

    /** A run in that phase, its prune stage the first and current one. */
    private RunState in(RunPhase phase) {
        configs.initialiseFrom = Optional.empty();
        if (phase == RunPhase.PENDING) {
            return RunState.NONE;
        }
        RunState running =
                apply(RunState.NONE, decisions.on(RunState.NONE, SUBMIT, AT).events());
        return switch (phase) {
            case PAUSED -> running.apply(new RunEvent.Paused(AT));
            case FAILED -> running.apply(new RunEvent.StageFailed(Stage.PRUNE, "no memory", false, AT));
            case CANCELLED -> running.apply(new RunEvent.Cancelled(AT));
            case COMPLETED -> completed(running);
            case RUNNING, PENDING -> running;
        };
    }

    private static RunState completed(RunState running) {
        RunState state = running;
        for (StageRecord record : running.stages()) {
            state = state.apply(new RunEvent.StageCompleted(record.stage(), AT));
        }
        // No stage is done while an assignment is in flight: a merge has come before.
        return new RunState(
                state.run(),
                state.directory(),
                state.config(),
                state.phase(),
                state.stages(),
                Optional.empty(),
                0,
                state.students(),
                state.teachers(),
                state.turnedAt());
    }

    private static RunCommand command(Class<? extends RunCommand> type) {
        if (type == RunCommand.Submit.class) {
            return SUBMIT;
        } else if (type == RunCommand.Retry.class) {
            return new RunCommand.Retry(Stage.PRUNE, null);
        }
        try {
            return type.getDeclaredConstructor(ActorRef.class).newInstance((Object) null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("no sample of " + type, e);
        }
    }

    private RunState done(RunState state, int version, double sparsity) {
        return apply(state, decisions.done(state, student(state, version, sparsity), AT));
    }

    private static WorkResult student(RunState state, int version, double sparsity) {
        return new WorkResult(state.inFlight().orElseThrow(), Optional.of(blob(version)), sparsity, List.of(), "{}");
    }

    private static RunState apply(RunState state, List<RunEvent> events) {
        RunState after = state;
        for (RunEvent event : events) {
            after = after.apply(event);
        }
        return after;
    }

    private static BlobRef blob(int number) {
        return new BlobRef("%064x".formatted(number), number);
    }
}
