package dev.espalier.methods.nuteprune.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NutePrunePolicyTest {
    private static final Instant AT = Instant.EPOCH;

    private final RunConfigs configs = new RunConfigs();
    private final NutePrunePolicy policy = new NutePrunePolicy();

    @BeforeEach
    void pruneAtOnce() {
        configs.initialiseFrom = Optional.empty();
        configs.stages = List.of(Stage.PRUNE);
    }

    @Test
    void theFirstScoresNeedCalibrationUnlessTheyAreOfTheWeightsAlone() {
        assertThat(policy.metrics(configs.build())).isEmpty();
        configs.initialiseFrom = Optional.of("obs");
        assertThat(policy.metrics(configs.build())).isNotEmpty();
        configs.initialiseFrom = Optional.of("magnitude");
        assertThat(policy.metrics(configs.build())).isEmpty();
    }

    @Test
    void theModelIsCutWhereTheGatesAreHardAndTheOtherStepsTeachWhatIsLeft() {
        configs.pruneSteps = 8;
        configs.hardenAt = 0.5;
        Optional<String> cut = Optional.of("stages/prune/cut");
        assertThat(policy.legs(view(begun())))
                .containsExactly(
                        new Leg.Steps("gates", 0, 4, Optional.empty(), false, text(0)),
                        new Leg.Once("cut", Work.Kind.BUILD, Optional.empty(), cut),
                        new Leg.Steps("teach", 4, 8, cut, false, text(4)),
                        new Leg.Once("merge", Work.Kind.BUILD, cut, Optional.of("stages/prune/model")));
        configs.hardenAt = 1;
        assertThat(policy.legs(view(begun())))
                .containsExactly(
                        new Leg.Steps("gates", 0, 8, Optional.empty(), false, text(0)),
                        new Leg.Once("cut", Work.Kind.BUILD, Optional.empty(), Optional.of("stages/prune/model")));
    }

    private Leg.Text text(int from) {
        int batch = configs.build().prune().batchSize();
        return new Leg.Text((long) from * batch, batch);
    }

    @Test
    void aSliceIsToldTheWantedSparsities() {
        assertThat(next(begun()).order())
                .isEqualTo("{\"targets\":%s,\"teacher\":0}"
                        .formatted(new Schedule(RunConfig.ScheduleKind.LINEAR, 0, 0.2, 20)
                                .slice(0, 5)
                                .toString()
                                .replace(" ", "")));
    }

    @Test
    void aSliceIsTaughtByTheStudentVersionThatTheCurriculumNames() {
        RunState state = step(begun(), 20, 0);
        for (int percent = 1; percent <= 12; percent++) {
            Note note = new Note("teacher", Map.of("percent", (double) percent), List.of(blob(percent)));
            state = state.apply(new RunEvent.Noted(Stage.PRUNE, note, AT));
        }
        // Gap 9 of the 19 thresholds below 20 %.
        assertThat(next(state).reads().blob("teacher")).contains(blob(4));
        assertThat(next(state).order()).endsWith("\"teacher\":4}");
    }

    @Test
    void studentsAreTaggedAsTeachersWhenTheyCrossAThreshold() {
        RunState state = step(step(begun(), 1, 0.004), 2, 0.023);
        assertThat(notes(state)).containsExactly(teacher(2, 2));
        state = step(state, 3, 0.197);
        assertThat(notes(state))
                .containsExactly(
                        teacher(2, 2), teacher(19, 3), new Note("turned", Map.of("remaining", 15.0), List.of()));
    }

    @Test
    void theAuthorsCodeTagsTheVersionThatAStepStartedFrom() {
        configs.faithful = true;
        RunState state = step(step(begun(), 1, 0.05), 2, 0.06);
        assertThat(notes(state)).containsExactly(teacher(1, 1));
    }

    @Test
    void aWholeRunWalksItsTeachersAsTheAuthorsCodeDoes() {
        configs.faithful = true;
        configs.sparsity = 0.5;
        configs.pruneSteps = 8200;
        configs.warmupSteps = 1171;
        Map<Integer, Integer> golden =
                Map.of(235, 0, 236, 1, 1171, 40, 1172, 41, 1201, 40, 1341, 39, 6660, 2, 6661, 1, 6801, 0);
        Map<Integer, Integer> walked = new HashMap<>();
        RunState state = begun();
        for (int step = 0; step < 8200; step++) {
            if (golden.containsKey(step)) {
                String order = next(state).order();
                walked.put(step, Integer.parseInt(order.substring(order.lastIndexOf(':') + 1, order.length() - 1)));
            }
            state = step(state, step + 1, 0.5 * Math.min(1, (step + 1) / 1171.0));
        }
        assertThat(walked).isEqualTo(golden);
    }

    @Test
    void ratesThatStayAreToldAndThatOfMultipliersOnlyWhereThereAreSome() {
        assertThat(policy.learningRates(configs.build())).containsOnlyKeys("masks");
        configs.faithful = true;
        assertThat(policy.learningRates(configs.build())).containsOnlyKeys("masks", "multipliers");
    }

    private static Note teacher(int percent, int version) {
        return new Note("teacher", Map.of("percent", (double) percent), List.of(blob(version)));
    }

    private static List<Note> notes(RunState state) {
        return state.stage(Stage.PRUNE).map(StageRecord::notes).orElseThrow();
    }

    private RunState begun() {
        return RunState.NONE
                .apply(new RunEvent.Submitted("test", "/run", "", configs.stages, AT))
                .apply(new RunEvent.StageStarted(Stage.PRUNE, AT));
    }

    private RunView view(RunState state) {
        return new RunView(configs.build(), state, Stage.PRUNE);
    }

    private StagePlan plan() {
        return new StagePlan(configs.build(), Methods.stages());
    }

    private Work next(RunState state) {
        StagePlan plan = plan();
        return plan.work(state, plan.next(state).orElseThrow());
    }

    /** Hands out the next slice and merges its result. */
    private RunState step(RunState state, int version, double sparsity) {
        Slice slice = plan().next(state).orElseThrow();
        AssignmentKey key = new AssignmentKey(
                "test", Stage.PRUNE, state.stage(Stage.PRUNE).orElseThrow().next(), 1);
        RunState handed = state.apply(new RunEvent.Assigned(key, "gates", slice, "w", AT));
        WorkResult result = new WorkResult(key, Optional.of(blob(version)), sparsity, List.of(), "{}");
        List<Note> notes = policy.merged(
                view(handed), policy.legs(view(handed)).get(0), slice, result, Optional.of(blob(version)));
        RunState merged = handed.apply(new RunEvent.Merged(result, slice.steps(), Optional.empty(), AT));
        for (Note note : notes) {
            merged = merged.apply(new RunEvent.Noted(Stage.PRUNE, note, AT));
        }
        return merged;
    }

    private static BlobRef blob(int number) {
        return new BlobRef("%064x".formatted(number), number);
    }
}
