package dev.espalier.methods.bonsai.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.coordinator.merge.VersionMaker;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.methods.bonsai.rounds.Course;
import dev.espalier.methods.bonsai.rounds.Progress;
import dev.espalier.methods.bonsai.rounds.ProgressFile;
import dev.espalier.methods.bonsai.rounds.Task;
import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.masked.Losses;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.data.Cursor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BonsaiPolicyTest {
    @TempDir
    private Path folder;

    private RunConfig config;
    private Course course;

    @BeforeEach
    void read() throws Exception {
        Path file = Files.writeString(
                folder.resolve("run.conf"),
                """
                model.path = m
                data.train = [ { path = a.txt } ]
                stages = [calibrate, prune]
                prune { method = bonsai, steps = 22, batch-size = 1, initialise-from = minitron, target.sparsity = 0.1 }
                """);
        config = RunConfigReader.read(file, List.of(), Optional.of(folder)).config();
        course = Course.of(config, Stage.PRUNE);
    }

    @Test
    void unitsAreLookedAtThenTriedThenCut() {
        BonsaiPolicy policy = new BonsaiPolicy();
        List<Leg> legs = policy.legs(new RunView(config, RunState.NONE, Stage.PRUNE));
        assertThat(legs).extracting(Leg::name).containsExactly("start", "learn", "cut");
        assertThat(policy.metrics(config)).containsExactly("minitron");
        assertThat(course).as("two rounds of 0.05").isEqualTo(new Course(43, 2, 11, 1));
    }

    @Test
    void aVersionIsMadeOfLossesAsTheWorkerMadeIt() {
        Path base = written("base", start());
        List<Losses.OfStep> losses = losses(11);
        Progress worker = start();
        for (int i = 0; i < 11; i++) {
            worker = worker.learnt(course, i, losses.get(i).masks());
        }
        assertThat(worker.now()).isEqualTo(2);
        Path next = folder.resolve("next");
        new Versions().make(measured(0, losses, base, base), next);
        assertThat(next).hasSameBinaryContentAs(written("expected", worker));
        assertThatThrownBy(() -> new Versions().make(measured(0, losses(3), base, base, 4), next))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("3 steps instead of 4");
    }

    @Test
    void lossesOfTheSameRoundCountTogetherWhoeverMeasuredThem() {
        Path base = written("base", start());
        Path first = folder.resolve("first");
        Path second = folder.resolve("second");
        new Versions().make(measured(0, losses(4), base, base), first);
        new Versions().make(measured(4, losses(4), base, first), second);
        Progress both = ProgressFile.read(second);
        assertThat(both.measured()).extracting(Progress.Step::step).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(both.steps()).isEqualTo(8);
    }

    @Test
    void whatWasMeasuredBesideUnitsThatAreGoneByNowIsPassedOver() {
        Path base = written("base", start());
        Path later = folder.resolve("later");
        Path late = folder.resolve("late");
        new Versions().make(measured(0, losses(12), base, base), later);
        new Versions().make(measured(12, losses(4), base, later), late);
        Progress progress = ProgressFile.read(late);
        assertThat(progress.now()).isEqualTo(2);
        assertThat(progress.measured()).extracting(Progress.Step::step).containsExactly(11);
        assertThat(progress.steps()).isEqualTo(16);
    }

    private static Progress start() {
        Layout layout = new Layout(List.of(new Part(Kind.FFN, 0, 6)));
        return Progress.start(new Task(
                layout, new int[1], new double[] {2}, new float[] {1, 1, 1, 1, 1, 1}, new float[] {1, 2, 3, 4, 5, 6}));
    }

    private Path written(String name, Progress progress) {
        ProgressFile.write(folder.resolve(name), progress);
        return folder.resolve(name);
    }

    private static List<Losses.OfStep> losses(int steps) {
        return IntStream.range(0, steps)
                .mapToObj(step -> new Losses.OfStep(new float[] {2 + step % 3, 3}, new float[0]))
                .toList();
    }

    private VersionMaker.Measured measured(int first, List<Losses.OfStep> losses, Path base, Path newest) {
        return measured(first, losses, base, newest, losses.size());
    }

    private VersionMaker.Measured measured(int first, List<Losses.OfStep> losses, Path base, Path newest, int steps) {
        return new VersionMaker.Measured(
                config,
                Stage.PRUNE,
                new Slice(first, steps, 0, 0, Cursor.start(List.of(1.0))),
                Losses.json(losses).toString(),
                base,
                newest,
                base.equals(newest) ? 0 : 1);
    }
}
