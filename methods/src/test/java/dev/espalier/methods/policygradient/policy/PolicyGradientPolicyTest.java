package dev.espalier.methods.policygradient.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.coordinator.merge.VersionMaker;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.methods.Methods;
import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.policygradient.distribution.Budget;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.DistributionFile;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.BlobFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyGradientPolicyTest {
    private static final Instant AT = Instant.EPOCH;
    private static final BlobRef START = blob(1);

    @TempDir
    private Path folder;

    private RunConfig config;

    @BeforeEach
    void read() throws Exception {
        Path file = Files.writeString(
                folder.resolve("run.conf"),
                """
                model.path = m
                data.train = [ { path = a.txt } ]
                stages = [prune]
                prune { method = policy-gradient, steps = 20, batch-size = 1, initialise-from = magnitude }
                cluster { inner-steps = 4, max-staleness = 2 }
                """);
        config = RunConfigReader.read(file, List.of(), Optional.of(folder)).config();
    }

    @Test
    void theDistributionIsMadeThenLearntThenCutBy() {
        List<Leg> legs = new PolicyGradientPolicy().legs(new RunView(config, RunState.NONE, Stage.PRUNE));
        assertThat(legs).extracting(Leg::name).containsExactly("start", "learn", "cut");
        assertThat(((Leg.Once) legs.get(2)).writes()).contains("stages/prune/model");
    }

    @Test
    void slicesStartFromTheNewestVersionAndFromTheFirstBlobBeforeThereIsOne() {
        RunState state = started();
        Work first = next(state);
        assertThat(first.kind()).isEqualTo(Work.Kind.SAMPLE);
        assertThat(first.reads().version()).contains(START);
        assertThat(first.reads().blob("start")).contains(START);
        assertThat(first.slice().firstStep()).isZero();
        assertThat(first.steps()).isEqualTo(4);
        state = merged(handed(state, 1), 1, blob(2));
        assertThat(plan().fresh(state)).as("as many as may be in flight").isEqualTo(3);
        assertThat(next(state).reads().version()).contains(blob(2));
        assertThat(next(state).reads().moments()).isEmpty();
        assertThat(state.students()).containsExactly(blob(2));
        assertThat(state.resumePoint(Stage.PRUNE, 1)).isPresent();
        for (int number = 3; number <= 6; number++) {
            state = merged(handed(state, number - 1), number - 1, blob(number));
        }
        Work cut = next(state);
        assertThat(cut.leg()).isEqualTo("cut");
        assertThat(cut.reads().version()).contains(blob(6));
        assertThat(cut.reads().blob("start")).contains(START);
    }

    @Test
    void aVersionIsMadeOfLossesAsTheWorkerMadeIt() throws Exception {
        Path base = folder.resolve("base");
        DistributionFile.write(base, distribution());
        Distribution worker = DistributionFile.read(base);
        Distribution.Course course = Distribution.Course.of(config, Stage.PRUNE);
        List<Losses.OfStep> losses = List.of(losses(2, 3), losses(4, 3.5f));
        for (int i = 0; i < 2; i++) {
            worker = worker.learnt(course, 8 + i, losses.get(i));
        }
        Path expected = folder.resolve("expected");
        DistributionFile.write(expected, worker);

        Path next = folder.resolve("next");
        new Versions().make(measured(losses, base, base), next);
        assertThat(next).hasSameBinaryContentAs(expected);

        Path later = folder.resolve("later");
        new Versions().make(measured(losses, base, next), later);
        assertThat(DistributionFile.read(later).steps()).isEqualTo(4);
        assertThatThrownBy(() -> new Versions().make(measured(losses.subList(0, 1), base, base), next))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("1 steps instead of 2");
    }

    @Test
    void aLateSliceCountsAtTheEndForEachOfItsStepsAsOneInTimeDoes() throws Exception {
        Path base = folder.resolve("base");
        DistributionFile.write(base, distribution());
        Path newest = folder.resolve("newest");
        new Versions().make(measured(16, base, base), newest);
        Path inTime = folder.resolve("in-time");
        new Versions().make(measured(18, newest, newest), inTime);
        Path late = folder.resolve("late");
        new Versions().make(measured(18, base, newest), late);
        assertThat(DistributionFile.read(newest).averaged()).isZero();
        assertThat(DistributionFile.read(inTime).averaged()).isEqualTo(2);
        Distribution counted = DistributionFile.read(late);
        assertThat(counted.averaged()).isEqualTo(2);
        assertThat(counted.last()).isEqualTo(counted.keep());
        Path halfway = folder.resolve("halfway");
        new Versions().make(measured(17, base, newest), halfway);
        assertThat(DistributionFile.read(halfway).averaged())
                .as("of its two steps one is among the last tenth")
                .isEqualTo(1);
    }

    private VersionMaker.Measured measured(int first, Path base, Path newest) {
        return measured(first, List.of(losses(2, 3), losses(4, 3.5f)), base, newest);
    }

    private VersionMaker.Measured measured(List<Losses.OfStep> losses, Path base, Path newest) {
        return measured(8, losses, base, newest);
    }

    private VersionMaker.Measured measured(int first, List<Losses.OfStep> losses, Path base, Path newest) {
        String json = Losses.json(losses).toString();
        return new VersionMaker.Measured(config, Stage.PRUNE, new Slice(first, 2, 0, 0), json, base, newest, 0);
    }

    private static Losses.OfStep losses(float... masks) {
        return new Losses.OfStep(masks, new float[0]);
    }

    private static Distribution distribution() {
        Layout layout = new Layout(List.of(new Part(Kind.FFN, 0, 3)));
        Budget budget = new Budget(layout, new int[1], new double[] {2}, new float[] {1, 1, 1}, 0, 0);
        return Distribution.start(budget, new double[] {0.5, 0.6, 0.7});
    }

    private StagePlan plan() {
        return new StagePlan(config, Methods.stages());
    }

    private Work next(RunState state) {
        return plan().work(state, plan().next(state).orElseThrow());
    }

    /** After the first leg. */
    private RunState started() {
        RunState state = RunState.NONE
                .apply(new RunEvent.Submitted("test", "/run", "", List.of(Stage.PRUNE), AT))
                .apply(new RunEvent.StageStarted(Stage.PRUNE, AT));
        AssignmentKey key = key(0);
        Artefact start = new Artefact(BlobFolder.pathInRun(START), START.sha256(), START.bytes());
        return state.apply(new RunEvent.Assigned(key, "start", Slice.NONE, "w", AT))
                .apply(new RunEvent.Merged(
                        new WorkResult(key, Optional.empty(), Double.NaN, List.of(start), "{}"),
                        0,
                        Optional.empty(),
                        AT));
    }

    private RunState handed(RunState state, long sequence) {
        Slice slice = plan().next(state).orElseThrow();
        Slice based =
                new Slice(slice.firstStep(), slice.steps(), 0, state.students().size(), slice.data());
        return state.apply(new RunEvent.Assigned(key(sequence), "learn", based, "w", AT));
    }

    private static RunState merged(RunState state, long sequence, BlobRef version) {
        WorkResult result = new WorkResult(key(sequence), Optional.empty(), 0.2, List.of(), "{\"steps\":[]}");
        return state.apply(new RunEvent.Merged(result, 4, Optional.of(new Blend(version, Optional.empty(), 0)), AT));
    }

    private static AssignmentKey key(long sequence) {
        return new AssignmentKey("test", Stage.PRUNE, sequence, 1);
    }

    private static BlobRef blob(int number) {
        return new BlobRef("%064x".formatted(number), number);
    }
}
