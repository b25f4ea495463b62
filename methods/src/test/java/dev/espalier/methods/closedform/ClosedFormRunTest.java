package dev.espalier.methods.closedform;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.methods.LocalRuns;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole runs of a tiny model. */
class ClosedFormRunTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void writeAModel() {
        LocalRuns.writeModel(folder, Map.of());
    }

    @ParameterizedTest
    @ValueSource(strings = {"obs", "kfac"})
    void layersAreAlikeIfTheyShallBe(String method) throws Exception {
        ResolvedRun run = executed(method, "export.uniform=true");
        assertThat(pruned(run).isUniform()).isTrue();
        assertThat(LocalRuns.parameters(run).path("sparsity").asDouble()).isBetween(0.28, 0.32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"obs", "kfac"})
    void layersThatMayDifferGiveUpWhatTheCurvesSay(String method) throws Exception {
        ResolvedRun run = executed(method, "export.uniform=false");
        JsonNode sizes = LocalRuns.parameters(run);
        assertThat(sizes.path("sparsity").asDouble()).isBetween(0.30, 0.34);
        List<LayerShape> layers = pruned(run).layers();
        assertThat(layers.stream().mapToInt(LayerShape::intermediate).distinct().count())
                .as("layers that learnt different things are worth different things: %s", layers)
                .isGreaterThan(1);
        assertThat(pruned(run).parameters()).isEqualTo(sizes.path("after").asLong());
        JsonNode tables = LocalRuns.tables(run);
        JsonNode costs = tables.path(tables.size() - 1).path("rows");
        double foretold = costs.get(0).get(1).asDouble();
        double found = costs.get(1).get(1).asDouble();
        assertThat(found).as("a model that lost a third says something else").isPositive();
        assertThat(foretold)
                .as("and that was foretold, roughly: %s found", found)
                .isBetween(found / 5, found * 5);
    }

    @Test
    void matricesWhoseReFitLittleTextDoesNotBearAreToldOf() throws Exception {
        // two sequences: one is fitted to, the other held out
        LocalRuns.writeModel(folder, Map.of("max_position_embeddings", 16));
        ResolvedRun run = executed("obs", "export.uniform=true", "calibrate.tokens=32", "calibrate.damping=1e-6");
        JsonNode table = LocalRuns.tables(run).path(0);
        assertThat(table.path("title").asText()).isEqualTo("Re-fitted matrices");
        assertThat(table.at("/rows/0/1").asInt()).as("left as they were").isPositive();
        assertThat(table.at("/rows/0/0").asInt() + table.at("/rows/0/1").asInt())
                .as("o_proj and down_proj of both layers")
                .isEqualTo(4);
    }

    private ResolvedRun executed(String method, String... settings) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "prune.method=" + method,
                "stages=[prune, recover, export]",
                "prune.target.sparsity=0.3",
                "prune.granularity=[heads, ffn]"));
        all.addAll(List.of(settings));
        return LocalRuns.complete(TinyRun.config(folder, all.toArray(String[]::new)));
    }

    private static LlamaConfig pruned(ResolvedRun run) {
        return LocalRuns.config(run, "stages/prune/model");
    }
}
