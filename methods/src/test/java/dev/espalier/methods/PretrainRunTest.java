package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.TinyRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Continued pre-training of what a real pruning left, on texts whose shares follow their losses. */
class PretrainRunTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void writeAModel() {
        LocalRuns.writeModel(folder, Map.of());
    }

    @Test
    void whatPruningLeftIsTrainedOnAndExported() throws Exception {
        ResolvedRun run = run(folder, "pretrain.distill=0.5", "pretrain.micro-batch=1");
        LocalRuns.complete(run);
        List<StepMetrics> lines = LocalRuns.steps(run);
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
        assertThat(LocalRuns.exported(run)).isNotEqualTo(Sha256.of(pruned));
    }

    @ParameterizedTest
    @ValueSource(strings = {"f32", "bf16"})
    @Tag("endurance")
    void aRunThatIsKilledInItEndsWithTheSameBitsAndShares(String upload) throws Exception {
        Path killed = HaltedRun.in(folder, PretrainRunTest.class, upload);
        ResolvedRun resumed = LocalRuns.complete(run(killed, "cluster.upload=" + upload));
        ResolvedRun whole = LocalRuns.complete(run(folder, "cluster.upload=" + upload));
        assertThat(LocalRuns.exported(resumed)).isEqualTo(LocalRuns.exported(whole));
        assertThat(told(resumed)).isEqualTo(told(whole));
    }

    /** Dies in the middle of the stage. */
    public static void main(String[] args) throws Exception {
        HaltedRun.execute(run(Path.of(args[0]), "cluster.upload=" + args[1]), Stage.PRETRAIN, 5);
    }

    @Test
    void whatIsRoundedOnItsWayIsLearntAsWell() throws Exception {
        double exact = lastLoss(LocalRuns.complete(run(folder)));
        Path other = Files.createDirectories(folder.resolve("rounded"));
        Files.createSymbolicLink(other.resolve("model"), folder.resolve("model"));
        ResolvedRun rounded = LocalRuns.complete(run(other, "cluster.upload=bf16"));
        assertThat(lastLoss(rounded)).isNotEqualTo(exact).isCloseTo(exact, Percentage.withPercentage(0.5));
    }

    private static double lastLoss(ResolvedRun run) throws Exception {
        List<StepMetrics> steps = LocalRuns.steps(run);
        return steps.get(steps.size() - 1).values().get("loss");
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

    private static List<Map<String, Double>> told(ResolvedRun run) throws Exception {
        return LocalRuns.steps(run).stream().map(StepMetrics::values).toList();
    }
}
