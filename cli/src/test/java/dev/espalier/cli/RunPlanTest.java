package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.worker.checkpoint.LlamaConfig;
import java.io.IOException;
import java.nio.file.Files;
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

    @Test
    void wholeLayersAreCountedBeforeAnythingRuns() throws IOException {
        RunPlan plan = plan("prune.method=layers");
        assertThat(plan.layers()).isEqualTo(2);
        assertThat(plan.summary()).contains("2 of 3 layers, each as it was", "33.3 % of");
        assertThat(plan.parametersAfter())
                .isEqualTo(plan.model().keeping(new int[] {0, 2}).parameters());
        assertThatThrownBy(() -> plan("prune.method=layers", "prune.layers.count=2"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("asks for 2 of the model's 3 layers, of which no more than 1 can go");
    }

    @Test
    void aRecoveryOnQuestionsCountsThese() throws IOException {
        Path questions = Files.writeString(folder.resolve("questions.jsonl"), "{}");
        assertThat(plan("recover.objective=choices", "recover.choices=[\"" + questions + "\"]")
                        .summary())
                .contains("recover  6 steps of 2 questions with all their choices");
        assertThat(plan().summary()).contains("recover  6 steps of 2x16 tokens");
    }

    private long bytes(String... set) {
        return plan(set).bytesNeeded();
    }

    private RunPlan plan(String... set) {
        RunConfig config = RunConfigReader.read(run.config(), List.of(set), Optional.of(run.out()))
                .config();
        LlamaConfig model = LlamaConfig.read(folder.resolve("model/config.json"));
        return RunPlan.of(config, model, run.out());
    }
}
