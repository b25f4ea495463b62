package dev.espalier.methods.sheared;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.methods.HaltedRun;
import dev.espalier.methods.LocalRuns;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.ModelFolder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole runs of a tiny model of three layers. The cut compares its logits with the masked model's to 1e-4. */
class ShearedRunTest {
    private static final String GROUPS = "layers=2, hidden=12, heads=2, kv-heads=1, intermediate=17";

    @TempDir
    private Path folder;

    @BeforeEach
    void writeAModel() {
        writeAModel(true);
    }

    private void writeAModel(boolean tied) {
        LocalRuns.writeModel(folder, Map.of("num_hidden_layers", 3, "tie_word_embeddings", tied));
    }

    @ParameterizedTest
    @CsvSource({
        "group, all-weights, obs, true",
        "group, lora, none, false",
        "group, nothing, magnitude, true",
        "query, all-weights, none, false"
    })
    void whatIsLeftHasExactlyTheShape(String unit, String train, String start, boolean tied) throws Exception {
        writeAModel(tied);
        String shape = unit.equals("group") ? GROUPS : "layers=2, hidden=12, heads=2, intermediate=17";
        ResolvedRun run = run(
                folder,
                shape,
                "prune.head-unit=" + unit,
                "prune.sheared.train=" + train,
                "prune.initialise-from=" + start);
        LocalRuns.complete(run);
        ModelShape wanted = new ModelShape(2, 12, 2, unit.equals("group") ? 1 : 2, 4, 17);
        try (ModelFolder pruned = ModelFolder.open(run.directory().resolve("stages/prune/model"));
                ModelFolder exported = ModelFolder.open(run.directory().resolve("export/hf"))) {
            assertThat(pruned.config().isUniform()).isTrue();
            assertThat(pruned.config().shape()).isEqualTo(wanted);
            assertThat(exported.config().shape()).isEqualTo(wanted);
            JsonNode parameters = LocalRuns.parameters(run);
            assertThat(parameters.path("after").asLong())
                    .isEqualTo(pruned.config().parameters());
        }
        List<StepMetrics> lines = LocalRuns.steps(run);
        StepMetrics last = lines.stream()
                .filter(line -> line.stage().equals(Stage.PRUNE))
                .reduce((a, b) -> b)
                .orElseThrow();
        assertThat(last.values())
                .containsKeys("closed.hidden", "target.hidden", "closed.layers", "closed.heads", "closed.ffn");
        assertThat(last.values().get("closed.hidden"))
                .as("drawn towards its target")
                .isGreaterThan(0.01);
    }

    @Test
    void aRunThatIsKilledUnderItsGatesEndsWithTheSameBits() throws Exception {
        Path killed = HaltedRun.in(folder, ShearedRunTest.class);
        ResolvedRun resumed = LocalRuns.complete(run(killed, GROUPS));
        ResolvedRun whole = LocalRuns.complete(run(folder, GROUPS));
        assertThat(LocalRuns.exported(resumed)).isEqualTo(LocalRuns.exported(whole));
    }

    /** Dies under gates. */
    public static void main(String[] args) throws Exception {
        HaltedRun.execute(run(Path.of(args[0]), GROUPS), Stage.PRUNE, 7);
    }

    private static ResolvedRun run(Path folder, String shape, String... more) throws Exception {
        String[] own = {
            "stages=[calibrate, prune, pretrain, export]",
            "cluster.inner-steps=3",
            "prune.method=sheared",
            "prune.steps=12",
            "prune.granularity=[heads, ffn, hidden, layers]",
            "prune.sheared.shape={" + shape + "}",
            "prune.sheared.learning-rate.weights=0.003",
            "pretrain.steps=4",
            "pretrain.batch-size=2"
        };
        String[] all = Stream.concat(Arrays.stream(own), Arrays.stream(more)).toArray(String[]::new);
        return TinyRun.config(folder, all);
    }
}
