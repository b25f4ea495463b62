package dev.espalier.methods.toy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.methods.NodeProcesses;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A way of pruning and a kind of stage that the engine does not know, in one process and in several that are killed. */
class ToyRunTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

    private NodeProcesses nodes;
    private Path hold;
    private Path config;

    @BeforeEach
    void writeARun() throws IOException {
        hold = Files.createDirectory(folder.resolve("hold"));
        nodes = new NodeProcesses(
                folder, arguments -> ToyNode.start(folder, arguments[0] + ".log", hold, (Object[]) arguments));
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model"), 51);
        }
        Path text = TinyRun.writeText(folder.resolve("text.txt"));
        config = Files.writeString(
                folder.resolve("toy.conf"),
                """
                run.name = toy
                stages = [prune, toy, export]
                model { path = "%s", device = cpu }
                data { train = [ { path = "%s" } ], sequence-length = 16 }
                prune { method = toy, steps = 8, batch-size = 2, target.sparsity = 0.25, initialise-from = none, granularity = [heads, ffn] }
                recover { steps = 4, batch-size = 2, lora { rank = 2, alpha = 4 } }
                cluster.inner-steps = 2
                """
                        .formatted(folder.resolve("model"), text));
    }

    @AfterEach
    void stopAll() {
        nodes.close();
    }

    @Test
    void killedInTheToysLegAndInItsStageTheRunEndsAsTheOneInOneProcessDoes() throws Exception {
        Process local = ToyNode.start(folder, "local.log", hold, "prune", config, folder.resolve("local"));
        try {
            assertThat(local.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } finally {
            local.destroyForcibly();
        }
        assertThat(local.exitValue())
                .as(Files.readString(folder.resolve("local.log")))
                .isZero();

        Files.createFile(hold.resolve("count-5"));
        Files.createFile(hold.resolve("look"));
        Process coordinator = nodes.coordinator();
        nodes.submit(config);
        kill(nodes.worker("first"), "count-5");
        Process second = nodes.worker("second");
        kill(coordinator, "look");
        second.destroyForcibly().waitFor();
        nodes.coordinator();
        nodes.worker("third");
        nodes.awaitEnd("toy");

        Path clustered = nodes.run("toy");
        assertThat(left(clustered)).isEqualTo(left(folder.resolve("local")));
        assertThat(steps(clustered)).hasSize(12).isEqualTo(steps(folder.resolve("local")));
    }

    /** As {@code kill -9}, at that point of its work; whoever comes after it is not held there. */
    private void kill(Process process, String point) throws InterruptedException, IOException {
        nodes.await(() -> Files.exists(Hold.reached(hold, point)));
        process.destroyForcibly().waitFor();
        Files.delete(hold.resolve(point));
    }

    /** The last student, every file that a stage left, each with its hash, and how the stages ended. */
    private static Map<String, String> left(Path run) throws IOException {
        JsonNode manifest =
                new ObjectMapper().readTree(run.resolve("manifest.json").toFile());
        Map<String, String> left = new TreeMap<>();
        left.put("student", manifest.path("student").path("sha256").asText());
        for (JsonNode stage : manifest.path("stages")) {
            left.put(stage.path("name").asText(), stage.path("state").asText());
            for (JsonNode artefact : stage.path("artefacts")) {
                left.put(artefact.path("path").asText(), artefact.path("sha256").asText());
            }
        }
        assertThat(left).containsEntry("toy", "COMPLETED").containsKey("export/hf/model.safetensors");
        return left;
    }

    private static List<String> steps(Path run) throws IOException {
        List<String> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            steps.add(step.path("stage").asText() + " " + step.path("step").asInt() + " "
                    + step.path("loss").asDouble());
        }
        return steps;
    }
}
