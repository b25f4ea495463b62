package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunPlanTest {
    @TempDir
    Path folder;

    private TinyRun run;

    @BeforeEach
    void configure() throws IOException {
        run = TinyRun.in(folder);
    }

    @Test
    void diskIsAskedForEveryFolderOfTheSmallerModel() {
        long cutAndPrunedAndExported = bytes();
        long prunedAndExported = bytes("prune.gates.harden-at=1");
        long pruned = bytes("prune.gates.harden-at=1", "stages=[calibrate,prune]");
        long oneModel = prunedAndExported - pruned;
        assertThat(oneModel).isPositive();
        assertThat(cutAndPrunedAndExported - prunedAndExported).isEqualTo(oneModel);
        assertThat(bytes("prune.method=obs", "stages=[prune]")).isLessThanOrEqualTo(pruned);
    }

    private long bytes(String... set) {
        RunConfig config = RunConfigReader.read(run.config(), List.of(set), Optional.of(run.out()))
                .config();
        LlamaConfig model = LlamaConfig.read(folder.resolve("model/config.json"));
        return RunPlan.of(config, model, run.out()).bytesNeeded();
    }
}
