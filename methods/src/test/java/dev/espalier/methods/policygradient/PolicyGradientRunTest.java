package dev.espalier.methods.policygradient;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.methods.LocalRuns;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole runs of a tiny model. */
class PolicyGradientRunTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "heads, ffn | export.uniform=false | prune.refit=true",
                "heads, ffn | export.uniform=false | prune.policy-gradient.faithful=true",
                "ffn | export.uniform=true | prune.policy-gradient.control=intact",
                "heads, ffn | export.uniform=false | prune.policy-gradient.control=antithetic",
                "heads, ffn | export.uniform=false | prune.policy-gradient.reward=kl",
                "heads, ffn, blocks, layers | export.uniform=false | prune.initialise-from=none",
                "layers | export.uniform=false | prune.refit=false",
                "blocks | export.uniform=false | prune.refit=false"
            })
    void exactlyAsMuchGoesAsShallAndNoLayerIsEmpty(String granularity, String uniform, String setting)
            throws Exception {
        ResolvedRun run = executed("run", "prune.granularity=[" + granularity + "]", uniform, setting);
        double sparsity = LocalRuns.parameters(run).path("sparsity").asDouble();
        boolean whole = !granularity.contains("ffn");
        assertThat(sparsity).isCloseTo(0.25, Offset.offset(whole ? 0.13 : 0.02));
        LlamaConfig pruned = LocalRuns.config(run, "stages/prune/model");
        assertThat(pruned.isUniform()).isEqualTo(uniform.endsWith("true") || granularity.equals("layers"));
        if (!granularity.contains("layers") && !granularity.contains("blocks")) {
            assertThat(pruned.layers())
                    .hasSize(4)
                    .allMatch(layer -> layer.queryHeads() > 0 && layer.intermediate() > 0);
        }
        assertThat(run.directory().resolve("export/hf/model.safetensors")).exists();
    }

    @Test
    void withOneWorkerTheResultFollowsFromTheSeedToTheBit() throws Exception {
        String[] settings = {"prune.granularity=[heads, ffn]", "export.uniform=false", "cluster.inner-steps=2"};
        ResolvedRun first = executed("first", settings);
        ResolvedRun second = executed("second", settings);
        assertThat(LocalRuns.exported(second)).isEqualTo(LocalRuns.exported(first));
        ResolvedRun finer = executed("finer", settings[0], settings[1], "cluster.inner-steps=1");
        assertThat(LocalRuns.exported(finer))
                .as("however many steps go with a message")
                .isEqualTo(LocalRuns.exported(first));
        ResolvedRun other = executed("other", settings[0], settings[1], settings[2], "seed=7");
        assertThat(LocalRuns.exported(other)).isNotEqualTo(LocalRuns.exported(first));
    }

    @Test
    void aLaterRoundTakesWhatIsLeftAndNothingBack() throws Exception {
        ResolvedRun run = executed(
                "rounds",
                "stages=[calibrate, prune, recover, calibrate, prune, export]",
                "prune.target.sparsity=[0.15, 0.3]",
                "prune.granularity=[heads, ffn]",
                "export.uniform=false");
        List<LayerShape> first = LocalRuns.config(run, "stages/prune/model").layers();
        List<LayerShape> second = LocalRuns.config(run, "stages/prune-2/model").layers();
        for (int layer = 0; layer < 4; layer++) {
            assertThat(second.get(layer).intermediate())
                    .isLessThanOrEqualTo(first.get(layer).intermediate());
        }
        double sparsity = LocalRuns.parameters(run).path("sparsity").asDouble();
        assertThat(sparsity).isCloseTo(0.3, Offset.offset(0.02));
    }

    @Test
    void whatGoesOnFromAnEarlierRunAndMovesNothingCutsAsThatDid() throws Exception {
        String[] units = {"prune.granularity=[heads, ffn]", "export.uniform=false"};
        ResolvedRun earlier = executed("earlier", units[0], units[1], "prune.policy-gradient.learning-rate=0.5");
        String from = "prune.policy-gradient.start-from=" + earlier.directory();
        String[] still = {"prune.steps=1", "prune.initialise-from=magnitude", "prune.policy-gradient.learning-rate=1e-9"
        };
        ResolvedRun metric = executed("metric", units[0], units[1], still[0], still[1], still[2]);
        ResolvedRun on = executed("on", units[0], units[1], still[0], still[1], still[2], from);
        assertThat(kept(on)).isEqualTo(kept(earlier)).isNotEqualTo(kept(metric));
        ResolvedRun less = executed("less", units[0], units[1], "prune.target.sparsity=0.4", from);
        assertThat(LocalRuns.parameters(less).path("sparsity").asDouble()).isCloseTo(0.4, Offset.offset(0.02));
    }

    @Test
    void theAuthorsCountsAreRefusedBeforeLearningWhereALayerWouldLoseAllHeads() throws Exception {
        ResolvedRun run = configured(
                "emptied",
                "stages=[calibrate, prune, export]",
                "prune.granularity=[heads, ffn]",
                "export.uniform=false",
                "prune.policy-gradient.faithful=true",
                "prune.target.sparsity=0.7");
        List<StepMetrics> steps = new ArrayList<>();
        RunOutcome outcome = LocalRuns.execute(run, new RunListener() {
            @Override
            public void stepped(StepMetrics step) {
                steps.add(step);
            }
        });
        assertThat(outcome.failedStage()).contains(Stage.PRUNE);
        assertThat(outcome.cause())
                .contains("prune.target.sparsity = 0.7")
                .contains("no more than 0.5000 can, for each layer keeps one of a kind");
        assertThat(outcome.permanent()).isTrue();
        assertThat(steps).isEmpty();
    }

    private static String kept(ResolvedRun run) throws IOException {
        return Files.readString(run.directory().resolve("stages/prune/kept.json"));
    }

    @Test
    void stepsTellWhatTheyMeasured() throws Exception {
        ResolvedRun run = executed("told", "prune.granularity=[heads, ffn]", "export.uniform=false");
        List<JsonNode> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.directory().resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            if (step.path("stage").asText().equals("prune")) {
                steps.add(step);
            }
        }
        assertThat(steps).hasSize(8).allSatisfy(step -> {
            assertThat(step.path("loss").asDouble()).isBetween(2.0, 12.0);
            assertThat(step.path("loss.baseline").asDouble()).isBetween(2.0, 12.0);
            assertThat(step.path("probabilities.entropy").asDouble()).isBetween(0.05, Math.log(2));
            assertThat(step.path("probabilities.at-zero").asDouble()).isBetween(0.0, 1.0);
            assertThat(step.path("probabilities.at-one").asDouble()).isBetween(0.0, 1.0);
            assertThat(step.path("sparsity.target").asDouble()).isEqualTo(0.25);
            assertThat(step.path("sparsity.expected").asDouble()).isGreaterThan(0.24);
        });
    }

    private ResolvedRun executed(String name, String... settings) throws Exception {
        return LocalRuns.complete(configured(name, settings));
    }

    private ResolvedRun configured(String name, String... settings) throws Exception {
        Path own = Files.createDirectories(folder.resolve(name));
        LocalRuns.writeModel(own, Map.of("num_hidden_layers", 4));
        List<String> all =
                new ArrayList<>(List.of("prune.method=policy-gradient", "prune.policy-gradient.ffn-block=4"));
        all.addAll(List.of(settings));
        return TinyRun.config(own, all.toArray(String[]::new));
    }
}
