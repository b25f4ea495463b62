package dev.espalier.coordinator.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.FakeWorker;
import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.conduct.Misfits;
import dev.espalier.coordinator.merge.StudentMerger;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.coordinator.state.Task;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RunDecisionsTest {
    private static final Instant AT = Instant.EPOCH;
    private static final RunCommand.Submit SUBMIT =
            new RunCommand.Submit("test", "/run", "seed = 1", Optional.empty(), null);

    private final RunConfigs configs = new RunConfigs();
    private final RunDecisions decisions = new RunDecisions(text -> configs.build(), TeachingMethod.STAGES);

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
            assertThat(after.exists()).isEqualTo(type != RunCommand.Remove.class);
        }
        assertThat(decisions.demand(after, Set.of()) > 0)
                .as("a run wants workers while it is running, and only then")
                .isEqualTo(after.phase() == RunPhase.RUNNING);
        assertThat(after.inFlight()).as("and is not given any by a command").isEmpty();
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
                .containsEntry(RunPhase.PENDING, List.of("Submit", "Remove"))
                .containsEntry(RunPhase.RUNNING, List.of("Submit", "Resume", "Pause", "Cancel", "Retry", "GetStatus"))
                .containsEntry(
                        RunPhase.PAUSED, List.of("Submit", "Resume", "Pause", "Cancel", "Retry", "Remove", "GetStatus"))
                .containsEntry(RunPhase.FAILED, List.of("Submit", "Resume", "Cancel", "Retry", "Remove", "GetStatus"))
                .containsEntry(RunPhase.COMPLETED, List.of("Submit", "Resume", "Retry", "Remove", "GetStatus"))
                .containsEntry(RunPhase.CANCELLED, List.of("Cancel", "Remove", "GetStatus"));
    }

    @Test
    void aCancelledRunStaysSoWhenItIsSubmittedWithOtherEvaluationSettings() {
        RunCommand.Submit changed =
                new RunCommand.Submit("test", "/run", "seed = 1, evaluate { limit = 5 }", Optional.empty(), null);
        assertThat(decisions.on(in(RunPhase.PAUSED), changed, AT).refusal()).isEmpty();
        assertThat(decisions.on(in(RunPhase.CANCELLED), changed, AT).refusal())
                .hasValueSatisfying(refusal -> assertThat(refusal).contains("cancelled for good"));
    }

    @Test
    void resultsFromBeforeARemovalStayStaleForTheNextRunOfTheName() {
        RunState state = apply(in(RunPhase.RUNNING), List.of());
        state = assigned(state);
        AssignmentKey old = key(state);
        state = apply(
                state, decisions.on(state, new RunCommand.Cancel(null), AT).events());
        state = apply(
                state, decisions.on(state, new RunCommand.Remove(null), AT).events());
        assertThat(state.exists()).isFalse();
        state = assigned(apply(state, decisions.on(state, SUBMIT, AT).events()));
        while (!key(state).stage().equals(old.stage())) {
            state = done(state, 1, 0);
            state = assigned(apply(state, decisions.verified(state, AT)));
        }
        assertThat(state.awaits(old)).isFalse();
    }

    @Test
    void aConfigurationThatIsWrongIsRefusedWithItsMessage() {
        RunDecisions strict = new RunDecisions(
                text -> {
                    throw new UserError("prune.steps must be at least 1");
                },
                TeachingMethod.STAGES);
        assertThat(strict.on(RunState.NONE, SUBMIT, AT).refusal()).contains("prune.steps must be at least 1");
    }

    @Test
    void aFailedAttemptWaitsForAnotherAndTheThirdFailsTheStage() {
        RunState state = assigned(in(RunPhase.RUNNING));
        for (int attempt = 1; attempt <= 2; attempt++) {
            assertThat(key(state).attempt()).isEqualTo(attempt);
            state = ended(state, AttemptEnd.FAILED);
            assertThat(state.phase()).isEqualTo(RunPhase.RUNNING);
            assertThat(state.inFlight()).isEmpty();
            assertThat(decisions.demand(state, Set.of(0L))).as("it rests first").isZero();
            state = assigned(state);
        }
        state = ended(state, AttemptEnd.FAILED);
        assertThat(state.phase()).isEqualTo(RunPhase.FAILED);
        assertThat(state.current().orElseThrow().cause()).isEqualTo("no memory");
    }

    @Test
    void aMergeForgetsEarlierFailures() {
        RunState state = ended(assigned(in(RunPhase.RUNNING)), AttemptEnd.FAILED);
        state = assigned(done(assigned(state), 1, 0.01));
        assertThat(key(state)).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 1, 1));
        assertThat(state.current().orElseThrow().open().get(0).failures()).isZero();
    }

    @Test
    void anAssignmentThatLosesItsWorkersAgainAndAgainFailsTheStage() {
        RunState state = in(RunPhase.RUNNING);
        for (int loss = 1; loss < RunDecisions.MAX_LOSSES; loss++) {
            state = ended(assigned(state), AttemptEnd.LOST);
            assertThat(state.phase()).isEqualTo(RunPhase.RUNNING);
        }
        state = ended(assigned(state), AttemptEnd.LOST);
        assertThat(state.phase()).isEqualTo(RunPhase.FAILED);
    }

    @Test
    void whatIsGivenBackIsNobodysFault() {
        RunState state = in(RunPhase.RUNNING);
        for (int i = 0; i < 20; i++) {
            state = ended(assigned(state), AttemptEnd.RETURNED);
        }
        assertThat(state.phase()).isEqualTo(RunPhase.RUNNING);
        assertThat(key(assigned(state)).attempt()).isEqualTo(21);
    }

    @Test
    void resultsAreMergedInWhateverOrderTheyCome() {
        RunState state = assigned(assigned(assigned(done(assigned(in(RunPhase.RUNNING)), 1, 0.01))));
        AssignmentKey late = state.inFlight().get(0);
        AssignmentKey early = state.inFlight().get(2);
        WorkResult third = new WorkResult(early, Optional.of(blob(3)), 0.1, List.of(), "{}");
        assertThat(decisions.blending(state, third))
                .as("it starts from the newest version")
                .isEmpty();
        state = apply(state, decisions.done(state, third, FakeWorker.MODEL, Optional.empty(), AT));
        assertThat(state.current().orElseThrow().student()).contains(blob(3));
        assertThat(state.inFlight()).hasSize(2).contains(late);

        WorkResult first = new WorkResult(late, Optional.of(blob(4)), 0.1, List.of(), "{}");
        assertThat(decisions.blending(state, first))
                .contains(new StudentMerger.Order(blob(3), blob(1), blob(4), Optional.empty(), 1, 3));
        Blend blend = new Blend(blob(5), Optional.empty(), 1);
        state = apply(state, decisions.done(state, first, FakeWorker.MODEL, Optional.of(blend), AT));
        assertThat(state.current().orElseThrow().student()).contains(blob(5));
        assertThat(state.current().orElseThrow().steps()).isEqualTo(15);
        assertThat(state.students()).containsExactly(blob(1), blob(3), blob(5));
    }

    @Test
    void whatChangedIsNoVersionAndIsAlwaysMergedIntoOne() {
        RunState state = assigned(done(assigned(in(RunPhase.RUNNING)), 1, 0.01));
        WorkResult whole = new WorkResult(key(state), Optional.of(blob(2)), 0.1, List.of(), "{}");
        assertThat(decisions.blending(state, whole)).isEmpty();
        WorkResult delta = new WorkResult(key(state), Optional.of(blob(2)), 0.1, List.of(), "{}", true);
        assertThat(decisions.blending(state, delta))
                .contains(new StudentMerger.Order(blob(1), blob(1), blob(2), Optional.empty(), 0, 1));
        Blend blend = new Blend(blob(3), Optional.empty(), 0);
        state = apply(state, decisions.done(state, delta, FakeWorker.MODEL, Optional.of(blend), AT));
        state = assigned(state);
        Work next = decisions.work(state, key(state));
        assertThat(next.reads().version()).contains(blob(3));
        assertThat(next.reads().moments()).contains(blob(2));
    }

    @Test
    void aResultThatIsTooLateIsDroppedAndItsStepsAreDoneAgain() {
        configs.maxStaleness = 1;
        configs.innerSteps = 2;
        RunState state = assigned(done(assigned(in(RunPhase.RUNNING)), 1, 0.01));
        AssignmentKey slow = key(state);
        for (int version = 2; version <= 3; version++) {
            state = assigned(state);
            WorkResult quick =
                    new WorkResult(state.inFlight().get(1), Optional.of(blob(version)), 0.1, List.of(), "{}");
            state = apply(state, decisions.done(state, quick, FakeWorker.MODEL, Optional.empty(), AT));
        }
        WorkResult late = new WorkResult(slow, Optional.of(blob(9)), 0.1, List.of(), "{}");
        assertThat(decisions.blending(state, late)).isEmpty();
        state = apply(state, decisions.done(state, late, FakeWorker.MODEL, Optional.empty(), AT));
        assertThat(state.students()).hasSize(3);
        state = assigned(state);
        assertThat(state.inFlight()).containsExactly(new AssignmentKey("test", Stage.PRUNE, slow.sequence(), 2));
        Task again = state.current().orElseThrow().task(slow.sequence()).orElseThrow();
        assertThat(again.failures() + again.losses()).isZero();
        assertThat(again.slice()).isEqualTo(new Slice(2, 2, 0, 3));
    }

    @Test
    void aSlowWorkerGetsAShorterSliceAndTheNextBeginsWhereItEnds() {
        RunState state = done(assigned(in(RunPhase.RUNNING)), 1, 0.01);
        state = apply(state, decisions.assign(state, "slow", 0.4, Set.of(), new Misfits(), AT));
        state = assigned(state);
        assertThat(state.current().orElseThrow().open())
                .extracting(Task::slice)
                .containsExactly(new Slice(5, 2, 0, 1), new Slice(7, 5, 1, 1));
    }

    @Test
    void aWorkerGetsItsLaneBack() {
        RunState state = assigned(assigned(done(assigned(in(RunPhase.RUNNING)), 1, 0.01)));
        WorkResult second = new WorkResult(state.inFlight().get(1), Optional.of(blob(2)), 0.1, List.of(), "{}");
        state = apply(state, decisions.done(state, second, FakeWorker.MODEL, Optional.empty(), AT));
        WorkResult first = new WorkResult(state.inFlight().get(0), Optional.of(blob(3)), 0.1, List.of(), "{}");
        state = apply(
                state,
                decisions.done(
                        state, first, FakeWorker.MODEL, Optional.of(new Blend(blob(4), Optional.empty(), 1)), AT));
        assertThat(state.current().orElseThrow().lanes()).hasSize(2);
        state = apply(state, decisions.assign(state, "someone else", 1, Set.of(), new Misfits(), AT));
        assertThat(state.current().orElseThrow().open().get(0).slice().lane()).isZero();
    }

    @Test
    void attemptsAfterARetryAreNewOnesForEveryAssignment() {
        RunState state = step(step(in(RunPhase.RUNNING), 1, 0.04), 2, 0.09);
        state = apply(
                state,
                decisions
                        .on(state, new RunCommand.Retry(Stage.PRUNE, OptionalInt.empty(), null), AT)
                        .events());
        state = assigned(state);
        assertThat(key(state)).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 0, 2));
        assertThat(state.kept()).isEmpty();
        state = assigned(done(state, 3, 0.04));
        assertThat(key(state)).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 1, 2));
    }

    @Test
    void aStageGoesOnFromAStudentVersionAsItDidThen() {
        configs.keep = 3;
        RunState second = step(step(in(RunPhase.RUNNING), 1, 0.04), 2, 0.09);
        RunState third = assigned(second);
        RunState later = step(step(done(third, 3, 0.15), 4, 0.19), 5, 0.2);
        RunState again = assigned(apply(later, rewind(later, 3).events()));
        assertThat(key(again)).isEqualTo(new AssignmentKey("test", Stage.PRUNE, 3, 2));
        assertThat(again.students()).as("numbers never come twice").hasSize(6);
        assertThat(again.students().get(5)).isEqualTo(blob(3));

        RunState undisturbed = assigned(done(third, 3, 0.15));
        assertThat(again.kept()).as("what version 3 left").isEqualTo(undisturbed.kept());
        assertThat(decisions.work(again, key(again))).isEqualTo(decisions.work(undisturbed, key(undisturbed)));
    }

    @Test
    void aVersionThatOnlyANoteKeepsCanBeGoneOnFrom() {
        RunState state = step(step(in(RunPhase.RUNNING), 1, 0.004), 2, 0.023);
        state = step(step(step(state, 3, 0.025), 4, 0.026), 5, 0.027);
        assertThat(rewind(state, 2).refusal()).isEmpty();
    }

    @Test
    void aVersionThatIsNotKeptOrNotTheStagesIsRefusedWithThoseThatAre() {
        RunState state = in(RunPhase.RUNNING);
        for (int version = 1; version <= 5; version++) {
            state = step(state, version, 0.001);
        }
        for (int version : List.of(-1, 0, 2, 6)) {
            assertThat(rewind(state, version).refusal())
                    .contains("run test keeps no student version " + version
                            + " of stage prune: it keeps 4, 5 (checkpoint.keep)");
        }
        state = completed(state);
        assertThat(decisions
                        .on(state, new RunCommand.Retry(Stage.EXPORT, OptionalInt.of(4), null), AT)
                        .refusal()
                        .orElseThrow())
                .contains("of stage export", "it keeps none");
    }

    private Decision rewind(RunState state, int version) {
        return decisions.on(state, new RunCommand.Retry(Stage.PRUNE, OptionalInt.of(version), null), AT);
    }

    @Test
    void whatTheStageRemembersIsJournalledWithTheMerge() {
        RunState state = step(step(in(RunPhase.RUNNING), 1, 0.004), 2, 0.023);
        Note second = new Note("teacher", Map.of("percent", 2.0), List.of(blob(2)));
        assertThat(state.current().orElseThrow().notes()).containsExactly(second);
        state = step(state, 3, 0.197);
        assertThat(state.current().orElseThrow().notes())
                .containsExactly(second, new Note("teacher", Map.of("percent", 19.0), List.of(blob(3))));
        assertThat(state.kept()).containsExactlyInAnyOrder(blob(2), blob(3));
    }

    @Test
    void aResultWithoutWhatItsWorkPromisesIsRefused() {
        RunState state = assigned(in(RunPhase.RUNNING));
        WorkResult empty = new WorkResult(key(state), Optional.empty(), Double.NaN, List.of(), "{}");
        assertThat(decisions.fault(state, empty, FakeWorker.MODEL).orElseThrow())
                .contains("no student");
    }

    @Test
    void allWorkersMustHaveTheModelThatTheFirstResultCameFrom() {
        RunState state = done(assigned(in(RunPhase.RUNNING)), 1, 0.1);
        assertThat(state.model()).contains(FakeWorker.MODEL);
        state = assigned(state);
        WorkResult result = new WorkResult(key(state), Optional.of(blob(2)), 0.1, List.of(), "{}");
        assertThat(decisions.fault(state, result, "ee".repeat(32)).orElseThrow())
                .contains("not the one that the run began with");
        assertThat(decisions.fault(state, result, FakeWorker.MODEL)).isEmpty();
    }

    @Test
    void measurementsThatAreNoJsonOrTooLongAreRefused() {
        RunState state = assigned(in(RunPhase.RUNNING));
        AssignmentKey key = key(state);
        for (String measurements : List.of("[]", "{", "{\"a\":\"" + "x".repeat(70_000) + "\"}")) {
            WorkResult result = new WorkResult(key, Optional.of(blob(1)), 0.1, List.of(), measurements);
            assertThat(decisions.fault(state, result, FakeWorker.MODEL)).isPresent();
        }
    }

    @Test
    void replayingTheEventsGivesTheSameState() {
        configs.initialiseFrom = Optional.empty();
        List<RunEvent> journal =
                new ArrayList<>(decisions.on(RunState.NONE, SUBMIT, AT).events());
        RunState state = apply(RunState.NONE, journal);
        for (int version = 1; version <= 6; version++) {
            List<RunEvent> handed = decisions.assign(state, "w", 1, Set.of(), new Misfits(), AT);
            state = apply(state, handed);
            List<RunEvent> merged = decisions.done(
                    state, student(state, version, version * 0.04), FakeWorker.MODEL, Optional.empty(), AT);
            state = apply(state, merged);
            journal.addAll(handed);
            journal.addAll(merged);
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
        return state;
    }

    /** The one assignment in flight. */
    private static AssignmentKey key(RunState state) {
        assertThat(state.inFlight()).hasSize(1);
        return state.inFlight().get(0);
    }

    private RunState assigned(RunState state) {
        List<RunEvent> events = decisions.assign(state, "w", 1, Set.of(), new Misfits(), AT);
        assertThat(events).hasSize(1);
        return apply(state, events);
    }

    private RunState ended(RunState state, AttemptEnd end) {
        return apply(state, decisions.ended(state, key(state), end, "no memory", false, AT));
    }

    /** Hands out the next slice and merges its result. */
    private RunState step(RunState state, int version, double sparsity) {
        return done(assigned(state), version, sparsity);
    }

    private static RunCommand command(Class<? extends RunCommand> type) {
        if (type == RunCommand.Submit.class) {
            return SUBMIT;
        } else if (type == RunCommand.Retry.class) {
            return new RunCommand.Retry(Stage.PRUNE, OptionalInt.empty(), null);
        }
        try {
            return type.getDeclaredConstructor(ActorRef.class).newInstance((Object) null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError("no sample of " + type, e);
        }
    }

    private RunState done(RunState state, int version, double sparsity) {
        return apply(
                state,
                decisions.done(state, student(state, version, sparsity), FakeWorker.MODEL, Optional.empty(), AT));
    }

    private static WorkResult student(RunState state, int version, double sparsity) {
        return new WorkResult(key(state), Optional.of(blob(version)), sparsity, List.of(), "{}");
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
