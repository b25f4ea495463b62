package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.folder.MetricsLog;
import dev.espalier.coordinator.folder.StepLine;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Continued pre-training of what a real pruning left, on texts whose shares follow their losses. */
class PretrainRunTest {
    private static final int HALTED = 9;

    @TempDir
    private Path folder;

    @BeforeEach
    void writeAModel() {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model"), 51);
        }
    }

    @Test
    void whatPruningLeftIsTrainedOnAndExported() throws Exception {
        ResolvedRun run = run(folder, "pretrain.distill=0.5", "pretrain.micro-batch=1");
        assertThat(execute(run, RunListener.NONE)).isEqualTo(RunOutcome.COMPLETED);
        List<StepMetrics> lines = steps(run);
        assertThat(lines.stream().filter(line -> line.stage().equals(Stage.PRETRAIN)))
                .hasSize(8);
        List<StepMetrics> measured = lines.stream()
                .filter(line -> line.values().containsKey("loss.domain.cats"))
                .toList();
        assertThat(measured).extracting(StepMetrics::step).containsExactly(3, 7, 3, 7);
        assertThat(lines.stream()
                        .filter(line -> line.values().containsKey("share.cats"))
                        .map(line -> line.values().get("share.cats"))
                        .distinct()
                        .count())
                .as("shares move")
                .isGreaterThan(2);
        Path pruned = run.directory().resolve("stages/prune/model/model.safetensors");
        assertThat(exported(run)).isNotEqualTo(Sha256.of(pruned));
    }

    @Test
    void aRunThatIsKilledInItEndsWithTheSameBitsAndShares() throws Exception {
        Path killed = folder.resolve("killed");
        Files.createDirectories(killed);
        Files.createSymbolicLink(killed.resolve("model"), folder.resolve("model"));
        assertThat(new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                PretrainRunTest.class.getName(),
                                killed.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("output").toFile())
                        .start()
                        .waitFor())
                .isEqualTo(HALTED);
        ResolvedRun resumed = run(killed);
        assertThat(execute(resumed, RunListener.NONE)).isEqualTo(RunOutcome.COMPLETED);
        ResolvedRun whole = run(folder);
        assertThat(execute(whole, RunListener.NONE)).isEqualTo(RunOutcome.COMPLETED);
        assertThat(exported(resumed)).isEqualTo(exported(whole));
        assertThat(told(resumed)).isEqualTo(told(whole));
    }

    /** Dies in the middle of the stage. */
    public static void main(String[] args) throws Exception {
        execute(run(Path.of(args[0])), new RunListener() {
            @Override
            public void stepped(StepMetrics metrics) {
                if (metrics.stage().equals(Stage.PRETRAIN) && metrics.step() == 5) {
                    Runtime.getRuntime().halt(HALTED);
                }
            }
        });
    }

    private static ResolvedRun run(Path folder, String... more) throws Exception {
        Path cats = TinyRun.writeText(folder.resolve("cats.txt"));
        Path numbers = folder.resolve("numbers.txt");
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            text.append(i * 31 % 97).append(" and ").append(i).append(". ");
        }
        Files.writeString(numbers, text);
        List<String> settings = new ArrayList<>(List.of(
                "stages=[calibrate, prune, pretrain, export]",
                "cluster.inner-steps=2",
                "data.train=[{path=\"" + cats + "\", domain=cats}, {path=\"" + numbers + "\", domain=numbers}]",
                "data.validation=[{path=\"" + cats + "\", domain=cats}, {path=\"" + numbers + "\", domain=numbers}]",
                "data.mix={kind=doremi, interval=4, rows=2, step-size=5}",
                "prune.gates.harden-at=1",
                "pretrain.steps=8",
                "pretrain.batch-size=2",
                "pretrain.learning-rate.peak=0.01"));
        settings.addAll(List.of(more));
        return TinyRun.config(folder, settings.toArray(String[]::new));
    }

    private static RunOutcome execute(ResolvedRun run, RunListener listener) throws Exception {
        return LocalRun.execute(
                run,
                Methods.stages(),
                Optional.empty(),
                WorkerActor.create(WorkerActor.Settings.local(Methods.work()), Meters.none()),
                "pekko.actor.default-dispatcher",
                listener,
                LocalRun.Companion.NONE);
    }

    private static List<Map<String, Double>> told(ResolvedRun run) throws Exception {
        return steps(run).stream().map(StepMetrics::values).toList();
    }

    private static String exported(ResolvedRun run) throws Exception {
        return Sha256.of(run.directory().resolve("export/hf/model.safetensors"));
    }

    private static List<StepMetrics> steps(ResolvedRun run) throws Exception {
        return MetricsLog.read(run.directory().resolve("metrics.jsonl")).stream()
                .map(StepLine::step)
                .toList();
    }
}
