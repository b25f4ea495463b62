package dev.espalier.coordinator.mix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Exhausted;
import dev.espalier.protocol.config.RunConfig.Mix;
import dev.espalier.protocol.config.RunConfig.MixKind;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.protocol.data.DomainLosses;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Shares by the events of a run, without an actor. */
class DomainMixTest {
    private static final Instant AT = Instant.EPOCH;
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final String INTACT =
            new DomainLosses(List.of(2.0, 1.0), List.of(30L, 1000L)).json().toString();

    private final RunConfigs configs = new RunConfigs();
    private Exhausted exhausted = Exhausted.REPEAT;
    private List<Stage> stages = List.of(Stage.PRUNE, Stage.RECOVER);
    private List<Double> weights = List.of(1.0, 1.0);

    @Test
    void theIntactModelIsMeasuredBeforeAnythingIsTrained() {
        RunState state = submitted();
        Work first = plan().work(state, plan().next(state).orElseThrow());
        assertThat(first.leg()).isEqualTo("references");
        assertThat(first.kind()).isEqualTo(Work.Kind.MEASURE);
        assertThat(first.reads()).isEqualTo(Work.Reads.NOTHING);
        assertThat(plan().next(measured(state)).orElseThrow().data()).isEqualTo(Cursor.start(List.of(0.5, 0.5)));
    }

    @Test
    void theNextSlicesHaveTheSharesThatALossMadeAndNoSequenceIsTakenTwice() {
        RunState state = measured(submitted());
        Slice first = plan().next(state).orElseThrow();
        state = trained(
                state,
                1,
                first,
                new DomainLosses(List.of(2.0, 2.0), List.of(30L, 1000L)).json().toString());
        Slice second = plan().next(state).orElseThrow();
        assertThat(second.data().next()).isEqualTo(first.data().after(5L * 4).next());
        double moved = Math.E / (1 + Math.E);
        assertThat(second.data().shares().get(1)).isCloseTo(moved, within(1e-4));
        WorkResult intact = result(1, Stage.PRUNE, INTACT);
        Note note = plan().notes(measured(submitted()), first, intact, intact.student()).stream()
                .filter(DomainMix::made)
                .findFirst()
                .orElseThrow();
        assertThat(note.numbers()).containsEntry("reference.b", 1.0).containsEntry("loss.b", 1.0);
    }

    @Test
    void aLaterStageGoesOnWithTheSharesAndWhereTheTextsWereLeft() {
        RunState state = measured(submitted());
        Slice first = plan().next(state).orElseThrow();
        state = trained(
                state,
                1,
                first,
                new DomainLosses(List.of(2.0, 2.0), List.of(30L, 1000L)).json().toString());
        Slice second = plan().next(state).orElseThrow();
        state = trained(state, 2, second, "{}");
        state = state.apply(new RunEvent.StageCompleted(Stage.PRUNE, AT))
                .apply(new RunEvent.StageStarted(Stage.RECOVER, AT));
        Cursor data = plan().next(state).orElseThrow().data();
        assertThat(data.shares()).isEqualTo(second.data().shares());
        assertThat(data.next()).isEqualTo(second.data().after(5L * 4).next());
    }

    @Test
    void aStepWithLossesTellsTheirGapsToTheReferences() {
        RunState state = measured(submitted());
        StepMetrics step = StepMetrics.of(Stage.PRUNE, 4, 512, 1)
                .with("loss.domain.a", 2.5)
                .with("loss.domain.b", 0.75);
        assertThat(plan().told(state, step).values())
                .containsEntry("gap.a", 0.5)
                .containsEntry("gap.b", -0.25)
                .hasSize(4);
        StepMetrics plain = StepMetrics.of(Stage.PRUNE, 5, 512, 1).with("loss", 2.5);
        assertThat(plan().told(state, plain)).isEqualTo(plain);
        assertThat(plan().told(submitted(), step))
                .as("nobody knows the references yet")
                .isEqualTo(step);
    }

    @Test
    void aDomainThatRunsOutCanBeLeftOut() {
        exhausted = Exhausted.LEAVE_OUT;
        RunState state = measured(submitted());
        Slice slice = plan().next(state).orElseThrow();
        for (int sequence = 1; sequence < 5; sequence++) {
            state = trained(state, sequence, slice, "{}");
            slice = plan().next(state).orElseThrow();
        }
        assertThat(slice.data().shares().get(0))
                .as("30 sequences of it, and 30 were taken or would be")
                .isZero();
        assertThat(slice.data().next().get(0)).isLessThanOrEqualTo(30L);
    }

    @Test
    void whenADomainIsLeftOutEachOfTheOthersStillHasItsTurn() {
        exhausted = Exhausted.LEAVE_OUT;
        weights = List.of(0.04, 0.04, 0.92);
        DomainMix mix = new DomainMix(config());
        DomainLosses intact = new DomainLosses(List.of(2.0, 1.0, 1.0), List.of(1L, 1000L, 1000L));
        RunState state = measured(submitted(), Stage.PRUNE, intact.json().toString());
        Cursor at = mix.start();
        for (int slice = 0; slice < 30; slice++) {
            at = mix.cursor(state, at, 20).after(20);
        }
        assertThat(at.next().get(0)).isEqualTo(1);
        assertThat(at.next().get(1)).as("0.04 / 0.96 of 600").isBetween(23L, 26L);
    }

    @Test
    void whereTheFirstTrainingIsSkippedTheIntactModelIsMeasuredBeforeTheNext() {
        stages = List.of(Stage.RECOVER, Stage.PRETRAIN);
        RunState first = RunState.NONE
                .apply(new RunEvent.Submitted("test", "/runs/test", "", stages, AT))
                .apply(new RunEvent.StageStarted(Stage.RECOVER, AT));
        RunState unmeasured = withoutRecovery(first);
        assertThat(next(unmeasured).leg()).isEqualTo("references");
        assertThat(next(measured(unmeasured, Stage.PRETRAIN, INTACT)).kind()).isEqualTo(Work.Kind.TRAIN);
        RunState measured = withoutRecovery(measured(first, Stage.RECOVER, INTACT));
        assertThat(next(measured).kind()).as("once is enough").isEqualTo(Work.Kind.TRAIN);
    }

    private static RunState withoutRecovery(RunState state) {
        return state.apply(new RunEvent.StageSkipped(Stage.RECOVER, AT))
                .apply(new RunEvent.StageStarted(Stage.PRETRAIN, AT));
    }

    private Work next(RunState state) {
        return plan().work(state, plan().next(state).orElseThrow());
    }

    private StagePlan plan() {
        return new StagePlan(config(), TeachingMethod.STAGES);
    }

    private RunConfig config() {
        configs.pruneSteps = 40;
        RunConfig plain = configs.build();
        List<RunConfig.TextSource> texts = IntStream.range(0, weights.size())
                .mapToObj(i -> new RunConfig.TextSource(NAMES.get(i) + ".txt", "text", NAMES.get(i), weights.get(i), 0))
                .toList();
        Mix mix = new Mix(MixKind.DOREMI, 5, 4, List.of(), 0, 1, 1e-4, false, 0, exhausted);
        return new RunConfig(
                plain.name(),
                plain.seed(),
                stages,
                plain.model(),
                new RunConfig.Data(texts, List.of(), 128, mix),
                plain.calibrate(),
                plain.prune(),
                plain.recover(),
                plain.pretrain(),
                plain.export(),
                plain.evaluate(),
                plain.cluster(),
                plain.checkpoint(),
                plain.metrics());
    }

    private RunState submitted() {
        return RunState.NONE
                .apply(new RunEvent.Submitted("test", "/runs/test", "", List.of(Stage.PRUNE, Stage.RECOVER), AT))
                .apply(new RunEvent.StageStarted(Stage.PRUNE, AT));
    }

    private RunState measured(RunState state) {
        return measured(state, Stage.PRUNE, INTACT);
    }

    private static RunState measured(RunState state, Stage stage, String losses) {
        AssignmentKey key = new AssignmentKey("test", stage, 0, 1);
        return state.apply(new RunEvent.Assigned(key, "references", Slice.NONE, "w", AT))
                .apply(new RunEvent.Merged(
                        new WorkResult(key, Optional.empty(), Double.NaN, List.of(), losses), 0, Optional.empty(), AT));
    }

    private RunState trained(RunState state, int sequence, Slice slice, String measurements) {
        WorkResult result = result(sequence, Stage.PRUNE, measurements);
        RunState assigned = state.apply(new RunEvent.Assigned(result.key(), "gates", slice, "w", AT));
        List<Note> notes = plan().notes(assigned, slice, result, result.student());
        RunState merged = assigned.apply(new RunEvent.Merged(result, slice.steps(), Optional.empty(), AT));
        for (Note note : notes) {
            merged = merged.apply(new RunEvent.Noted(Stage.PRUNE, note, AT));
        }
        return merged;
    }

    private static WorkResult result(int sequence, Stage stage, String measurements) {
        return new WorkResult(
                new AssignmentKey("test", stage, sequence, 1),
                Optional.of(new BlobRef(String.format("%064x", sequence), 1)),
                0.1,
                List.of(),
                measurements);
    }
}
