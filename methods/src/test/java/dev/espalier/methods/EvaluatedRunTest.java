package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.worker.TinyRun;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluatedRunTest {
    @TempDir
    Path folder;

    @Test
    void theSpeedOfAShapeIsMeasuredOnceBesideTheIntactModel() throws Exception {
        LocalRuns.writeModel(folder, Map.of());
        ResolvedRun run = LocalRuns.complete(TinyRun.config(
                folder,
                "prune.method=magnitude",
                "stages=[prune, export, evaluate]",
                "evaluate.latency=true",
                "evaluate.latency-rounds=1"));
        JsonNode measured = LocalRuns.manifest(run).path("evaluation");
        assertThat(measured.at("/before/latency/decode_tokens_per_second").asDouble())
                .isPositive();
        assertThat(measured.at("/after-prune/latency/beside/decode_ratio").asDouble())
                .isPositive();
        assertThat(measured.path("after-recover").has("parameters")).isTrue();
        assertThat(measured.path("after-recover").has("latency")).isFalse();
    }
}
