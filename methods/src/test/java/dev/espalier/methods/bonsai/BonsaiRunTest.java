package dev.espalier.methods.bonsai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.methods.Methods;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole runs of a tiny model. */
class BonsaiRunTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "heads, ffn | export.uniform=false | prune.refit=true",
                "heads, ffn | export.uniform=true | prune.refit=false",
                "ffn | export.uniform=true | prune.initialise-from=minitron"
            })
    void exactlyAsMuchGoesAsShallAndNoLayerIsEmpty(String granularity, String uniform, String setting)
            throws Exception {
        ResolvedRun run = executed("run", "prune.granularity=[" + granularity + "]", uniform, setting);
        assertThat(sparsity(run)).isCloseTo(0.25, Offset.offset(0.04));
        try (ModelFolder model = ModelFolder.open(run.directory().resolve("stages/prune/model"))) {
            LlamaConfig pruned = model.config();
            assertThat(pruned.isUniform()).isEqualTo(uniform.endsWith("true"));
            assertThat(pruned.layers())
                    .hasSize(4)
                    .allMatch(layer -> layer.queryHeads() > 0 && layer.intermediate() > 0);
        }
    }

    @Test
    void withOneWorkerTheResultFollowsFromTheSeedToTheBitHoweverManyStepsGoWithAMessage() throws Exception {
        ResolvedRun first = executed("first", "export.uniform=false", "cluster.inner-steps=3");
        ResolvedRun second = executed("second", "export.uniform=false", "cluster.inner-steps=1");
        assertThat(Sha256.of(second.directory().resolve("export/hf/model.safetensors")))
                .isEqualTo(Sha256.of(first.directory().resolve("export/hf/model.safetensors")));
        List<JsonNode> steps = new ArrayList<>();
        for (String line : Files.readAllLines(first.directory().resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            if (step.path("stage").asText().equals("prune")) {
                steps.add(step);
            }
        }
        assertThat(steps)
                .extracting(step -> step.path("prune.round").asInt())
                .as("five rounds of 0.05; the last lasts until the end")
                .containsExactly(1, 2, 3, 4, 5, 5, 5, 5);
    }

    private ResolvedRun executed(String name, String... settings) throws Exception {
        Path own = Files.createDirectories(folder.resolve(name));
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of("num_hidden_layers", 4)), own.resolve("model"), 51);
        }
        List<String> all = new ArrayList<>(
                List.of("prune.method=bonsai", "prune.bonsai.ffn-block=4", "stages=[calibrate, prune, export]"));
        all.addAll(List.of(settings));
        ResolvedRun run = TinyRun.config(own, all.toArray(String[]::new));
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

    private static double sparsity(ResolvedRun run) throws Exception {
        return new ObjectMapper()
                .readTree(run.directory().resolve("manifest.json").toFile())
                .path("parameters")
                .path("sparsity")
                .asDouble();
    }
}
