package dev.espalier.methods.toy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.coordinator.FreePort;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A way of pruning and a kind of stage that the engine does not know, in one process and in several that are killed. */
class ToyRunTest {
    private static final Duration LONG = Duration.ofMinutes(2);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    private final ActorTestKit kit = ActorTestKit.create("ToyRunTest");
    private final List<Process> started = new ArrayList<>();
    private int port;
    private int httpPort;
    private Path hold;
    private Path config;

    @BeforeEach
    void writeARun() throws IOException {
        port = FreePort.find();
        httpPort = FreePort.find();
        hold = Files.createDirectory(folder.resolve("hold"));
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
        started.forEach(process -> process.destroyForcibly().onExit().join());
        kit.shutdownTestKit();
    }

    @Test
    void killedInTheToysLegAndInItsStageTheRunEndsAsTheOneInOneProcessDoes() throws Exception {
        Process local = start("local.log", "prune", config, folder.resolve("local"));
        assertThat(local.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(local.exitValue())
                .as(Files.readString(folder.resolve("local.log")))
                .isZero();

        Files.createFile(hold.resolve("count-5"));
        Files.createFile(hold.resolve("look"));
        Process coordinator = coordinator();
        submit();
        kill(worker("first"), "count-5");
        Process second = worker("second");
        kill(coordinator, "look");
        second.destroyForcibly().waitFor();
        coordinator();
        worker("third");
        awaitEnd();

        Path clustered = folder.resolve("coordinator/runs/toy");
        assertThat(left(clustered)).isEqualTo(left(folder.resolve("local")));
        assertThat(steps(clustered)).hasSize(12).isEqualTo(steps(folder.resolve("local")));
    }

    private Process start(String log, Object... arguments) throws IOException {
        Process process = ToyNode.start(folder, log, hold, arguments);
        started.add(process);
        return process;
    }

    private Process coordinator() throws IOException {
        return start(
                "coordinator.log",
                "coordinator",
                "port=" + port,
                "http.port=" + httpPort,
                "data=" + folder.resolve("coordinator"));
    }

    private Process worker(String name) throws IOException {
        return start(
                "workers.log",
                "worker",
                "coordinators=\"127.0.0.1:" + port + "\"",
                "name=" + name,
                "data=" + folder.resolve(name));
    }

    /** As {@code kill -9}, at that point of its work; whoever comes after it is not held there. */
    private void kill(Process process, String point) throws InterruptedException, IOException {
        await(() -> Files.exists(Hold.reached(hold, point)));
        process.destroyForcibly().waitFor();
        Files.delete(hold.resolve(point));
    }

    private void submit() throws IOException {
        String body = JsonNodeFactory.instance
                .objectNode()
                .put("config", Files.readString(config))
                .toString();
        HttpRequest request = HttpRequest.newBuilder(runs(""))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        await(() -> {
            try {
                HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
                return true;
            } catch (IOException e) {
                // It does not listen yet.
                return false;
            }
        });
    }

    private void awaitEnd() {
        HttpRequest request = HttpRequest.newBuilder(runs("/toy")).build();
        await(() -> {
            try {
                HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                return new ObjectMapper()
                        .readTree(answer.body())
                        .path("state")
                        .asText()
                        .equals("COMPLETED");
            } catch (IOException e) {
                return false;
            }
        });
    }

    private URI runs(String path) {
        return URI.create("http://127.0.0.1:" + httpPort + "/api/v1/runs" + path);
    }

    private interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    private void await(Condition condition) {
        kit.createTestProbe().awaitAssert(LONG, Duration.ofMillis(50), () -> {
            assertThat(holds(condition)).isTrue();
            return null;
        });
    }

    private static boolean holds(Condition condition) {
        try {
            return condition.holds();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
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
