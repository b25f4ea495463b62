package dev.espalier.coordinator.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.state.Lane;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StagePlanTest {
    private static final Instant AT = Instant.EPOCH;

    /** What all work of the prune stage reads. */
    private static final Work.Reads CALIBRATED =
            Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, Optional.of(blob(100)));

    private final RunConfigs configs = new RunConfigs();

    @Test
    void calibrationIsLeftOutWhenNothingNeedsIt() {
        assertThat(plan().stages()).as("the method reads it").startsWith(Stage.CALIBRATE);
        configs.initialiseFrom = Optional.empty();
        assertThat(plan().stages()).startsWith(Stage.PRUNE);
    }

    @Test
    void pruningGoesOnInSlicesFromTheNewestStudentAndEndsWithCompaction() {
        configs.pruneSteps = 8;
        RunState state = pruning();
        assertThat(next(state))
                .contains(Work.train(
                        "gates",
                        new Slice(0, 5, 0, 0),
                        8,
                        CALIBRATED,
                        "{\"targets\":[0.0,0.010000000000000002,0.020000000000000004,0.03,0.04000000000000001],"
                                + "\"teacher\":0}"));
        state = trained(state, 0, 5);
        assertThat(next(state)).hasValueSatisfying(train -> {
            assertThat(train.reads().version()).contains(blob(0));
            assertThat(train.slice().firstStep()).isEqualTo(5);
            assertThat(train.steps()).isEqualTo(3);
        });
        state = trained(state, 1, 3);
        assertThat(next(state))
                .contains(once("cut", 8, CALIBRATED.version(Optional.of(blob(1))), "stages/prune/model"));
        state = merged(state, Stage.PRUNE, 2, 0, Optional.empty());
        assertThat(next(state)).isEmpty();
    }

    @Test
    void theFirstSliceGoesAloneAndThenManyAreHandedOutAhead() {
        RunState state = assigned(pruning(), Stage.PRUNE, 0, 5);
        assertThat(next(state)).as("there is no student to start from yet").isEmpty();
        state = trained(pruning(), 0, 5);
        assertThat(plan().fresh(state)).isEqualTo(5);
        for (int sequence = 1; sequence < 6; sequence++) {
            assertThat(plan().next(state)).contains(new Slice(5 * sequence, 5, 0, 0));
            state = assigned(state, Stage.PRUNE, sequence, 5);
        }
        assertThat(next(state)).as("compaction waits for all of them").isEmpty();
        assertThat(plan().finished(state)).isFalse();
    }

    @Test
    void noMoreSlicesAreOpenThanResultsMayBeLate() {
        configs.maxStaleness = 1;
        RunState state = assigned(trained(pruning(), 0, 5), Stage.PRUNE, 1, 5);
        assertThat(plan().fresh(state)).isEqualTo(1);
        assertThat(plan().fresh(assigned(state, Stage.PRUNE, 2, 5))).isZero();
    }

    @Test
    void aLaneGoesOnWithItsOwnMomentsFromTheNewestStudent() {
        RunState state = trained(pruning(), 0, 5);
        Slice second = new Slice(5, 5, 1, 1);
        assertThat(plan().work(state, new Slice(5, 5, 0, 1)).reads().moments())
                .as("the newest student holds them itself")
                .isEmpty();
        state = assigned(state, Stage.PRUNE, 1, 5)
                .apply(new RunEvent.Assigned(
                        new AssignmentKey("test", Stage.PRUNE, 2, 1), "gates", new Slice(10, 5, 1, 1), "w", AT));
        WorkResult result = new WorkResult(
                new AssignmentKey("test", Stage.PRUNE, 2, 1), Optional.of(blob(2)), 0.1, List.of(), "{}");
        Blend blend = new Blend(blob(50), Optional.empty(), 1);
        state = state.apply(new RunEvent.Merged(result, 5, Optional.of(blend), AT));
        assertThat(plan().work(state, second).reads().version()).contains(blob(50));
        assertThat(plan().work(state, second).reads().moments()).contains(blob(2));
    }

    @Test
    void onceTheMasksAreFixedTheModelIsCutAndTheOtherStepsTeachWhatIsLeft() {
        configs.pruneSteps = 8;
        configs.hardenAt = 0.5;
        RunState state = trained(pruning(), 0, 4);
        assertThat(next(state)).contains(once("cut", 4, CALIBRATED.version(Optional.of(blob(0))), "stages/prune/cut"));
        state = merged(state, Stage.PRUNE, 1, 0, Optional.empty());
        assertThat(next(state)).hasValueSatisfying(train -> {
            assertThat(train.reads().model()).contains("stages/prune/cut");
            assertThat(train.reads().version()).as("fresh factors").isEmpty();
            assertThat(train.slice().firstStep()).isEqualTo(4);
            assertThat(train.steps()).isEqualTo(4);
        });
        state = trained(state, 2, 2);
        assertThat(next(state)).hasValueSatisfying(train -> {
            assertThat(train.reads().version()).contains(blob(2));
            assertThat(train.steps()).isEqualTo(2);
        });
        state = trained(state, 3, 2);
        assertThat(next(state))
                .contains(once(
                        "merge",
                        8,
                        CALIBRATED.version(Optional.of(blob(3))).model(Optional.of("stages/prune/cut")),
                        "stages/prune/model"));
        assertThat(next(merged(state, Stage.PRUNE, 4, 0, Optional.empty()))).isEmpty();
    }

    @Test
    void aNewLaneHoldsOnToTheMomentsThatItBeganWith() {
        RunState state = trained(pruning(), 0, 5);
        Slice first = new Slice(5, 5, 0, 1);
        Slice second = new Slice(10, 5, 1, 1);
        state = state.apply(
                new RunEvent.Assigned(new AssignmentKey("test", Stage.PRUNE, 1, 1), "gates", first, "a", AT));
        state = state.apply(
                new RunEvent.Assigned(new AssignmentKey("test", Stage.PRUNE, 2, 1), "gates", second, "b", AT));
        WorkResult result = new WorkResult(
                new AssignmentKey("test", Stage.PRUNE, 1, 1), Optional.of(blob(7)), 0.1, List.of(), "{}");
        state = state.apply(new RunEvent.Merged(result, 5, Optional.empty(), AT));
        StageRecord record = state.current().orElseThrow();
        assertThat(record.lanes())
                .as("the second lane's worker may not have read them yet: they must not be dropped")
                .extracting(Lane::moments)
                .containsExactly(blob(7), blob(0));
        assertThat(plan().work(state, second).reads().moments()).contains(blob(0));
    }

    @Test
    void eachSliceGoesOnInTheTextsWhereTheOneBeforeEnds() {
        configs.texts = List.of(text("stories", 1), text("left-out", 0), text("lists", 3));
        int batch = configs.build().prune().batchSize();
        Cursor start = Cursor.start(List.of(1.0, 3.0));
        RunState state = pruning();
        assertThat(plan().next(state)).contains(new Slice(0, 5, 0, 0, start));
        assertThat(next(state)).map(Work::slice).contains(new Slice(0, 5, 0, 0, start));
        state = handed(trained(state, 0, 5), 1, new Slice(5, 2, 0, 1));
        assertThat(plan().next(state))
                .as("after what journals of earlier versions do not tell")
                .contains(new Slice(7, 5, 0, 0, start.after(7L * batch)));
        state = handed(state, 2, plan().next(state).orElseThrow());
        assertThat(plan().next(state)).contains(new Slice(12, 5, 0, 0, start.after(12L * batch)));
        RunState recovering = started(completed(state, Stage.PRUNE), Stage.RECOVER);
        assertThat(plan().next(recovering))
                .as("recovery goes on where pruning ended")
                .contains(new Slice(0, 5, 0, 0, start.after(12L * batch)));
    }

    @Test
    void whatIsFirstToTrainBeginsWithTheTexts() {
        configs.texts = List.of(text("stories", 1), text("lists", 3));
        RunState cut = completed(pruning(), Stage.PRUNE);
        assertThat(plan().next(started(cut, Stage.RECOVER)))
                .as("however many steps pruning would have had")
                .contains(new Slice(0, 5, 0, 0, Cursor.start(List.of(1.0, 3.0))));
    }

    @Test
    void whenTheSharesOfTextsChangeTheNextSlicesKeepThemAndNothingIsTakenTwice() {
        configs.texts = List.of(text("stories", 1), text("lists", 1));
        int batch = configs.build().prune().batchSize();
        RunState state = trained(pruning(), 0, 5);
        Slice usual = plan().next(state).orElseThrow();
        assertThat(usual.data().next()).containsExactly(5L * batch / 2, (5L * batch + 1) / 2);
        Cursor changed = usual.data().with(List.of(1.0, 4.0));
        state = handed(state, 1, usual.at(changed));
        Slice third = plan().next(state).orElseThrow();
        assertThat(third.data()).isEqualTo(changed.after(5L * batch));
        assertThat(third.data().shares()).containsExactly(1.0, 4.0);
        RunState lost = state.apply(new RunEvent.AttemptFailed(
                new AssignmentKey("test", Stage.PRUNE, 1, 1), AttemptEnd.LOST, "gone", false, AT));
        Slice again = lost.current().orElseThrow().task(1).orElseThrow().slice();
        assertThat(plan().whole(lost, again).data())
                .as("the same rows at the next attempt")
                .isEqualTo(changed);
    }

    private static RunConfig.TextSource text(String domain, double weight) {
        return new RunConfig.TextSource(domain + ".txt", "text", domain, weight, 0);
    }

    private static RunState handed(RunState state, int sequence, Slice slice) {
        return state.apply(
                new RunEvent.Assigned(new AssignmentKey("test", Stage.PRUNE, sequence, 1), "gates", slice, "w", AT));
    }

    @Test
    void theCutBeginsAnewWithLanesAndStudent() {
        configs.pruneSteps = 40;
        configs.hardenAt = 0.5;
        RunState state = trained(pruning(), 0, 5);
        for (int sequence = 1; sequence < 4; sequence++) {
            state = assigned(state, Stage.PRUNE, sequence, 5);
        }
        assertThat(next(state)).as("no slice reaches beyond the cut").isEmpty();
        state = trained(trained(trained(trained(pruning(), 0, 5), 1, 5), 2, 5), 3, 5);
        assertThat(next(state)).map(Work::leg).contains("cut");
        state = merged(state, Stage.PRUNE, 4, 0, Optional.empty());
        assertThat(plan().fresh(state)).as("the first goes alone again").isEqualTo(1);
        state = trained(state, 5, 5);
        assertThat(plan().fresh(state)).isEqualTo(3);
        Work second = next(state).orElseThrow();
        assertThat(second.reads().version()).contains(blob(5));
        assertThat(second.reads().moments()).as("none from before the cut").isEmpty();
        RunState more = assigned(state, Stage.PRUNE, 6, 5)
                .apply(new RunEvent.Assigned(
                        new AssignmentKey("test", Stage.PRUNE, 7, 1), "gates", new Slice(30, 5, 1, 6), "w", AT));
        assertThat(more.current().orElseThrow().lanes())
                .extracting(Lane::moments)
                .containsExactly(blob(5), blob(5));
    }

    @Test
    void theAuthorsCodeIsFollowedStepByStep() {
        configs.faithful = true;
        assertThat(next(pruning()).map(Work::steps)).contains(1);
        RunState state = assigned(trained(pruning(), 0, 1), Stage.PRUNE, 1, 1);
        assertThat(plan().next(state)).as("one after the other").isEmpty();
    }

    @Test
    void recoveryAfterTheAuthorsCodeIsSharedByWorkersLikeAnyOther() {
        configs.faithful = true;
        RunState state = started(completed(trained(pruning(), 0, 1), Stage.PRUNE), Stage.RECOVER);
        assertThat(next(state).map(Work::steps)).contains(5);
        assertThat(plan().fresh(merged(state, Stage.RECOVER, 0, 5, Optional.of(blob(5)))))
                .isEqualTo(2);
    }

    @Test
    void aSliceIsGivenWhatTheStageRemembers() {
        RunState state = trained(pruning(), 0, 5)
                .apply(new RunEvent.Noted(
                        Stage.PRUNE, new Note("teacher", Map.of("percent", 4.0), List.of(blob(4))), AT));
        assertThat(next(state).orElseThrow().reads().blob("teacher")).contains(blob(4));
        assertThat(next(state).orElseThrow().order()).contains("\"teacher\":4");
    }

    @Test
    void whatAnOldJournalDoesNotNameIsKnownByItsPlace() {
        configs.pruneSteps = 8;
        configs.hardenAt = 0.5;
        RunState cut = unnamed(trained(pruning(), 0, 4), 1);
        assertThat(next(cut).map(Work::leg)).contains("teach");
        RunState merged = unnamed(trained(cut, 2, 4), 3);
        assertThat(next(merged)).isEmpty();
        assertThat(plan().finished(merged)).isTrue();
    }

    private static RunState unnamed(RunState state, int sequence) {
        AssignmentKey key = new AssignmentKey("test", Stage.PRUNE, sequence, 1);
        WorkResult result = new WorkResult(key, Optional.empty(), Double.NaN, List.of(), "{}");
        return state.apply(new RunEvent.Assigned(key, "", Slice.NONE, "", AT))
                .apply(new RunEvent.Merged(result, 0, Optional.empty(), AT));
    }

    @Test
    void recoveryStartsAfreshOnTheSmallerModel() {
        RunState state = started(completed(trained(pruning(), 0, 5), Stage.PRUNE), Stage.RECOVER);
        assertThat(next(state))
                .contains(Work.train(
                        "teach",
                        new Slice(0, 5, 0, 0),
                        12,
                        Work.Reads.NOTHING.model(Optional.of("stages/prune/model")),
                        Work.NO_ORDER));
    }

    @Test
    void exportTakesTheRecoveredStudentIfThereIsOne() {
        RunState recovering = started(completed(trained(pruning(), 0, 5), Stage.PRUNE), Stage.RECOVER);
        RunState recovered = completed(merged(recovering, Stage.RECOVER, 0, 12, Optional.of(blob(7))), Stage.RECOVER);
        assertThat(next(started(recovered, Stage.EXPORT))).contains(export(Optional.of(blob(7))));
        RunState skipped = recovering.apply(new RunEvent.StageSkipped(Stage.RECOVER, AT));
        assertThat(next(started(skipped, Stage.EXPORT))).contains(export(Optional.empty()));
    }

    @Test
    void evaluationMeasuresTheIntactModelAndWhatEarlierStagesLeft() {
        configs.stages = List.of(Stage.EVALUATE);
        RunState alone = started(submitted(), Stage.EVALUATE);
        assertThat(next(alone)).contains(Work.once(Work.Kind.MEASURE, "before", Work.Reads.NOTHING, Optional.empty()));

        configs.stages = List.of(Stage.PRUNE, Stage.EXPORT, Stage.EVALUATE);
        RunState all = completed(completed(submitted(), Stage.PRUNE), Stage.EXPORT);
        assertThat(Evaluate.legs(all)).extracting(Leg::name).containsExactly("before", "after-prune", "after-recover");
        assertThat(Evaluate.legs(all))
                .extracting(Leg::model)
                .containsExactly(Optional.empty(), Optional.of("stages/prune/model"), Optional.of("export/hf"));
        RunState unexported = completed(submitted(), Stage.PRUNE).apply(new RunEvent.StageSkipped(Stage.EXPORT, AT));
        assertThat(Evaluate.legs(unexported)).extracting(Leg::name).containsExactly("before", "after-prune");
    }

    private static Work once(String leg, int cursor, Work.Reads reads, String writes) {
        return new Work(Work.Kind.BUILD, leg, new Slice(cursor, 0, 0, 0), 0, reads, Optional.of(writes), Work.NO_ORDER);
    }

    private static Work export(Optional<BlobRef> student) {
        Work.Reads reads = Work.Reads.NOTHING.version(student).model(Optional.of("stages/prune/model"));
        return once("export", 0, reads, "export/hf");
    }

    /** The work of the next assignment, if there can be one. */
    private Optional<Work> next(RunState state) {
        return plan().next(state).map(slice -> plan().work(state, slice));
    }

    private StagePlan plan() {
        return new StagePlan(configs.build(), TeachingMethod.STAGES);
    }

    private RunState submitted() {
        return RunState.NONE.apply(new RunEvent.Submitted("test", "/run", "", configs.stages, AT));
    }

    /** At the start of the prune stage, with calibration done. */
    private RunState pruning() {
        RunState calibrating = started(submitted(), Stage.CALIBRATE);
        BlobRef accumulators = blob(100);
        WorkResult result = new WorkResult(
                new AssignmentKey("test", Stage.CALIBRATE, 0, 1),
                Optional.empty(),
                Double.NaN,
                List.of(new Artefact("blobs/xx/yy", accumulators.sha256(), accumulators.bytes())),
                "{}");
        RunState calibrated = completed(
                assigned(calibrating, Stage.CALIBRATE, 0, 0)
                        .apply(new RunEvent.Merged(result, 0, Optional.empty(), AT)),
                Stage.CALIBRATE);
        return started(calibrated, Stage.PRUNE);
    }

    private RunState trained(RunState state, int sequence, int steps) {
        return merged(state, Stage.PRUNE, sequence, steps, Optional.of(blob(sequence)));
    }

    private RunState merged(RunState state, Stage stage, int sequence, int steps, Optional<BlobRef> student) {
        WorkResult result =
                new WorkResult(new AssignmentKey("test", stage, sequence, 1), student, 0.1, List.of(), "{}");
        return assigned(state, stage, sequence, steps).apply(new RunEvent.Merged(result, steps, Optional.empty(), AT));
    }

    private RunState assigned(RunState state, Stage stage, int sequence, int steps) {
        int first = state.stage(stage).orElseThrow().cursor();
        String leg = plan().leg(state).orElseThrow().name();
        return state.apply(new RunEvent.Assigned(
                new AssignmentKey("test", stage, sequence, 1), leg, new Slice(first, steps, 0, 0), "w", AT));
    }

    private static RunState started(RunState state, Stage stage) {
        return state.apply(new RunEvent.StageStarted(stage, AT));
    }

    private static RunState completed(RunState state, Stage stage) {
        return state.apply(new RunEvent.StageCompleted(stage, AT));
    }

    private static BlobRef blob(int number) {
        return new BlobRef("%064x".formatted(number), number);
    }
}
