package dev.espalier.cli.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.cli.Cli;
import dev.espalier.cli.ExitCode;
import dev.espalier.cli.RunPlan;
import dev.espalier.cli.TinyRun;
import dev.espalier.coordinator.decision.ConfigChange;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.evaluation.ShapeSpeed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of the tiny model: 3 layers of hidden size 32 with 4 query heads, 2 KV heads and 48 FFN channels. */
class TargetsTest {
    @TempDir
    Path folder;

    /** A model takes as much less time as it has fewer prunable weights, and half of that in prefill. */
    private final Speeds speeds = (device, whole, sizes) -> sizes.stream()
            .map(size -> (double) size.prunable() / whole.shape().prunable())
            .map(left -> new ShapeSpeed(0.5 + left / 2, left))
            .toList();

    private TinyRun run;
    private LlamaConfig model;

    @BeforeEach
    void configure() throws IOException {
        run = TinyRun.in(folder);
        model = LlamaConfig.read(folder.resolve("model/config.json"));
    }

    @Test
    void parametersAndBytesAreTheLargestModelThatFits() throws IOException {
        long channel = 3L * model.shape().hidden() * model.shape().layers();
        long limit = model.parameters() - 5 * channel;
        RunPlan exactly = plan("prune.granularity=[ffn]", "prune.target.parameters=" + limit);
        assertThat(exactly.parametersAfter()).isEqualTo(limit);
        assertThat(exactly.shapeAfter().orElseThrow().intermediate())
                .isEqualTo(model.shape().intermediate() - 5);
        RunPlan one = plan("prune.granularity=[ffn]", "prune.target.parameters=" + (limit - 1));
        assertThat(one.parametersAfter()).isEqualTo(limit - channel);
        RunPlan half = plan("prune.granularity=[ffn]", "export.dtype=f16", "prune.target.bytes=" + 2 * limit);
        assertThat(half.exportBytes()).isEqualTo(2 * limit);
    }

    @Test
    void multiplesHeadsLayersAndHiddenChannelsAreKeptTo() throws IOException {
        long most = model.parameters() * 3 / 4;
        String limit = "prune.target.parameters=" + most;
        RunPlan multiple = plan("prune.granularity=[ffn]", "export.ffn-multiple=8", limit);
        assertThat(multiple.shapeAfter().orElseThrow().intermediate() % 8).isZero();
        RunPlan layers = plan("prune.method=layers", limit);
        assertThat(layers.shapeAfter().orElseThrow().layers()).isEqualTo(2);
        RunPlan hidden = plan("prune.granularity=[heads, ffn, hidden]", limit);
        RunPlan sheared = plan("prune.method=sheared", "prune.granularity=[heads, ffn, hidden]", limit);
        for (RunPlan plan : List.of(multiple, layers, hidden, sheared)) {
            assertThat(plan.parametersAfter()).isBetween(most * 2 / 3, most);
            assertThat(plan.parametersAfter())
                    .isEqualTo(model.parameters(plan.shapeAfter().orElseThrow()));
        }
        RunPlan ragged = plan("prune.granularity=[ffn]", "export.uniform=false", limit);
        assertThat((double) ragged.parametersAfter()).isBetween(0.999 * most, (double) most);
        assertThat(ragged.target()).contains("layers that differ; about");
    }

    @Test
    void aShareOfTheTimeIsFoundBetweenWhatWasMeasured() throws IOException {
        RunPlan decode = plan("prune.granularity=[ffn]", "prune.target.latency-ratio=0.8");
        assertThat(decode.share()).isBetween(0.1999, 0.2 + 1.0 / 48);
        RunPlan prefill =
                plan("prune.granularity=[ffn]", "prune.target.latency-ratio=0.8", "prune.target.latency-of=prefill");
        assertThat(prefill.share()).isBetween(0.3999, 0.4 + 1.0 / 48);
        RunPlan heads = plan("prune.granularity=[heads]", "prune.target.latency-ratio=0.9");
        assertThat(heads.shapeAfter().orElseThrow().heads())
                .as("of the one step that heads can take")
                .isEqualTo(2);
        refused("0.300 cannot be reached", "prune.granularity=[ffn]", "prune.target.latency-ratio=0.3");
        refused("needs layers that are alike", "export.uniform=false", "prune.target.latency-ratio=0.8");
        refused("has no effect without", "prune.target.latency-of=prefill");
    }

    @Test
    void roundsHaveASizeEach() throws IOException {
        long first = model.parameters() * 9 / 10;
        long second = model.parameters() * 8 / 10;
        ResolvedRun resolved = resolved(
                "stages=[calibrate, prune, recover, calibrate, prune, recover, export, evaluate]",
                "prune.target.parameters=[" + first + ", " + second + "]");
        assertThat(resolved.config().prune().rounds()).hasSize(2).isSorted();
        assertThat(RunPlan.of(resolved.config(), model, run.out()).parametersAfter())
                .isBetween(second - 1000, second);
        assertThat(RunPlan.of(resolved.config().at(Stage.PRUNE), model, run.out())
                        .parametersAfter())
                .isBetween(first - 1000, first);
    }

    @Test
    void aShapeIsMadeExactlyOrRefused() throws IOException {
        String shape = "prune.target.shape={kv-heads=1, intermediate=40}";
        RunPlan plan = plan(shape);
        assertThat(plan.shapeAfter()).contains(new ModelShape(3, 32, 2, 1, 8, 40));
        assertThat(plan("prune.method=layers", "prune.target.shape.layers=2").shapeAfter())
                .contains(new ModelShape(2, 32, 4, 2, 8, 48));
        assertThat(plan(
                                "prune.method=sheared",
                                "prune.granularity=[layers, ffn, hidden]",
                                "prune.target.shape={layers=2, hidden=24, intermediate=40}")
                        .shapeAfter())
                .contains(new ModelShape(2, 24, 4, 2, 8, 40));
        refused("leaves heads out", "prune.granularity=[ffn]", shape);
        refused("lets layers differ: set export.uniform = true", "export.uniform=false", shape);
        refused("makes 3 layers", "prune.target.shape={layers=2, intermediate=40}");
        refused("no multiple of export.ffn-multiple = 16", "export.ffn-multiple=16", shape);
        refused("the model's own shape", "prune.target.shape.heads=4");
        refused("more than the model's 48", "prune.target.shape.intermediate=49");
        refused("one target too many", "prune.method=sheared", "prune.sheared.parameters=9000", shape);
    }

    @Test
    void whatAMethodDecidesByKeysOfItsOwnIsTheTarget() throws IOException {
        RunPlan half = plan(
                "prune.method=sheared",
                "prune.granularity=[layers, ffn]",
                "prune.sheared.shape={layers=2, intermediate=24}");
        assertThat(half.shapeAfter()).contains(new ModelShape(2, 32, 4, 2, 8, 24));
        assertThat(half.config().prune().sparsity())
                .isEqualTo(1
                        - (double) half.shapeAfter().orElseThrow().prunable()
                                / model.shape().prunable());
    }

    @Test
    void whatCannotBeReachedIsRefusedWithTheRange() throws IOException {
        long least =
                plan("prune.granularity=[ffn]", "prune.target.sparsity=0.5").parametersAfter();
        assertThat(least).isGreaterThan(3000);
        refused("prune.target.parameters = 3000: 3000 cannot be reached", "prune.target.parameters=3000");
        refused("to " + model.parameters(), "prune.target.parameters=3000", "prune.granularity=[ffn]");
        refused("no less than the model has", "prune.target.parameters=" + model.parameters());
        refused(
                "how many hidden channels are left",
                "prune.granularity=[ffn, hidden]",
                "export.uniform=false",
                "prune.target.bytes=" + 3 * model.parameters());
    }

    @Test
    void aTargetThatLeadsElsewhereRedoesPruningAndOneThatDoesNotNothing() {
        String then = "prune.target { parameters = [100], resolved-sparsity = [0.25] }";
        assertThat(change(then, "prune.target { parameters = [90], resolved-sparsity = [0.3] }"))
                .containsExactly(Stage.PRUNE);
        assertThat(change(then, "prune.target { bytes = [400], resolved-sparsity = [0.25] }"))
                .isEmpty();
        assertThat(change(then, "prune.target { sparsity = 0.25 }")).isEmpty();
        assertThat(change(then, "prune.target { sparsity = 0.2 }")).containsExactly(Stage.PRUNE);
        assertThat(change(then, "prune.target { shape { heads = 2 }, resolved-sparsity = [0.25] }"))
                .containsExactly(Stage.PRUNE);
        assertThat(change(
                        "prune.target { parameters = [9, 8], resolved-sparsity = [0.1, 0.2] }",
                        "prune.target { parameters = [9, 7], resolved-sparsity = [0.1, 0.3] }"))
                .containsExactly(new Stage("prune", 2));
    }

    @Test
    void eachTargetIsWhatTheExportHas() throws IOException {
        long most = model.parameters() * 4 / 5;
        exported("parameters", "prune.target.parameters=" + most);
        exported("bytes", "export.dtype=bf16", "prune.target.bytes=" + 2 * most);
        exported("shape", "prune.target.shape={heads=2, intermediate=40}");
    }

    /** Prunes at once, and compares what comes out with what was told before. */
    private void exported(String name, String... set) throws IOException {
        List<String> settings = new ArrayList<>(List.of(set));
        settings.addAll(List.of("prune.method=magnitude", "prune.refit=false", "stages=[prune, export]"));
        RunPlan plan = plan(settings.toArray(String[]::new));
        Path out = folder.resolve(name);
        List<Object> arguments = new ArrayList<>(List.of("prune", run.config(), "--out", out, "--port", "none"));
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        Cli pruned = Cli.run(arguments.toArray());
        assertThat(pruned.code()).as(pruned.err()).isEqualTo(ExitCode.DONE);
        assertThat(pruned.err()).startsWith(plan.target());
        Path export = out.resolve(RunLayout.EXPORT);
        try (ModelFolder made = ModelFolder.open(export)) {
            assertThat(made.config().shape()).isEqualTo(plan.shapeAfter().orElseThrow());
            assertThat(made.parameters()).isEqualTo(plan.parametersAfter());
        }
        long bytes = plan.exportBytes();
        assertThat(Files.size(export.resolve("model.safetensors"))).isBetween(bytes, bytes + 8192);
    }

    private static Set<Stage> change(String before, String after) {
        return ConfigChange.of(before, after).stages();
    }

    private void refused(String words, String... set) {
        assertThatThrownBy(() -> plan(set)).isInstanceOf(UserError.class).hasMessageContaining(words);
    }

    private RunPlan plan(String... set) throws IOException {
        return RunPlan.of(resolved(set).config(), model, run.out());
    }

    private ResolvedRun resolved(String... set) throws IOException {
        return Targets.resolved(RunConfigReader.read(run.config(), List.of(set), Optional.of(run.out())), speeds);
    }
}
