package dev.espalier.methods.closedform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.methods.Methods;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole runs of a tiny model. */
class ClosedFormRunTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void writeAModel() {
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model"), 51);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"obs", "kfac"})
    void layersAreAlikeIfTheyShallBe(String method) throws Exception {
        ResolvedRun run = executed(method, "export.uniform=true");
        assertThat(pruned(run).isUniform()).isTrue();
        assertThat(parameters(run).path("sparsity").asDouble()).isBetween(0.28, 0.32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"obs", "kfac"})
    void layersThatMayDifferGiveUpWhatTheCurvesSay(String method) throws Exception {
        ResolvedRun run = executed(method, "export.uniform=false");
        JsonNode sizes = parameters(run);
        assertThat(sizes.path("sparsity").asDouble()).isBetween(0.30, 0.34);
        List<LayerShape> layers = pruned(run).layers();
        assertThat(layers.stream().mapToInt(LayerShape::intermediate).distinct().count())
                .as("layers that learnt different things are worth different things: %s", layers)
                .isGreaterThan(1);
        assertThat(pruned(run).parameters()).isEqualTo(sizes.path("after").asLong());
    }

    private ResolvedRun executed(String method, String setting) throws Exception {
        ResolvedRun run = TinyRun.config(
                folder,
                "prune.method=" + method,
                "stages=[prune, recover, export]",
                "prune.target.sparsity=0.3",
                "prune.granularity=[heads, ffn]",
                setting);
        RunOutcome outcome = LocalRun.execute(
                run,
                Methods.stages(),
                Optional.empty(),
                WorkerActor.create(WorkerActor.Settings.local(Methods.work()), Meters.none()),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
        assertThat(outcome).isEqualTo(RunOutcome.COMPLETED);
        return run;
    }

    private static LlamaConfig pruned(ResolvedRun run) {
        try (ModelFolder model = ModelFolder.open(run.directory().resolve("stages/prune/model"))) {
            return model.config();
        }
    }

    private static JsonNode parameters(ResolvedRun run) throws Exception {
        return new ObjectMapper()
                .readTree(run.directory().resolve("manifest.json").toFile())
                .path("parameters");
    }
}
