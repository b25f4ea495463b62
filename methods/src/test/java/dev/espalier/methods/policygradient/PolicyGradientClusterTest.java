package dev.espalier.methods.policygradient;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.methods.Methods;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.actor.WorkerActor;
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
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Through processes that are killed. */
class PolicyGradientClusterTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int STEPS = 150;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir
    private Path folder;

    private final ActorTestKit kit = ActorTestKit.create("PolicyGradientClusterTest");
    private final List<Process> started = new ArrayList<>();
    private int port;
    private int httpPort;
    private Path config;

    @BeforeEach
    void writeARun() throws IOException {
        port = FreePort.find();
        httpPort = FreePort.find();
        try (Torch torch = Torch.open("cpu")) {
            TinyRun.writeModel(torch, TinyRun.model(Map.of("num_hidden_layers", 4)), folder.resolve("model"), 51);
        }
        Path text = TinyRun.writeText(folder.resolve("text.txt"));
        config = Files.writeString(
                folder.resolve("policy.conf"),
                """
                run.name = policy
                stages = [prune, export]
                model { path = "%s", device = cpu }
                data { train = [ { path = "%s" } ], sequence-length = 16 }
                calibrate.tokens = 256
                prune {
                  method = policy-gradient, steps = %d, batch-size = 4, target.sparsity = 0.25
                  initialise-from = magnitude, granularity = [heads, ffn], policy-gradient.ffn-block = 2
                }
                export.uniform = false
                cluster { inner-steps = 2, max-staleness = 4 }
                """
                        .formatted(folder.resolve("model"), text, STEPS));
    }

    @AfterEach
    void stopAll() {
        started.forEach(process -> process.destroyForcibly().onExit().join());
        kit.shutdownTestKit();
    }

    @Test
    void withOneWorkerAtATimeWhoeverIsKilledTheModelIsTheOneOfOneProcess() throws Exception {
        ResolvedRun local = RunConfigReader.read(config, List.of(), Optional.of(folder.resolve("local")));
        RunOutcome outcome = LocalRun.execute(
                local,
                Methods.stages(),
                Optional.empty(),
                WorkerActor.create(WorkerActor.Settings.local(Methods.work()), Meters.none()),
                "pekko.actor.default-dispatcher",
                RunListener.NONE,
                LocalRun.Companion.NONE);
        assertThat(outcome).isEqualTo(RunOutcome.COMPLETED);

        Process coordinator = coordinator();
        submit();
        Process first = worker("first");
        killAfter(20, first);
        Process second = worker("second");
        killAfter(60, coordinator);
        second.destroyForcibly().waitFor();
        coordinator();
        worker("third");
        awaitEnd();

        assertThat(steps()).hasSize(STEPS);
        assertThat(exported(folder.resolve("coordinator/runs/policy"))).isEqualTo(exported(folder.resolve("local")));
    }

    @Test
    void severalWorkersShareTheStepsOutAndOneThatIsKilledLosesOnlyWhatItHadInHand() throws Exception {
        coordinator();
        submit();
        worker("first");
        Process second = worker("second");
        killAfter(20, second);
        worker("third");
        awaitEnd();

        assertThat(steps().stream().map(step -> step.path("step").asInt()).sorted())
                .containsExactlyElementsOf(IntStream.range(0, STEPS).boxed().toList());
        JsonNode manifest = new ObjectMapper()
                .readTree(
                        folder.resolve("coordinator/runs/policy/manifest.json").toFile());
        assertThat(manifest.path("parameters").path("sparsity").asDouble()).isCloseTo(0.25, Offset.offset(0.02));
    }

    private Process start(String... arguments) throws IOException {
        Process process = PolicyGradientNode.start(folder.resolve("nodes.log"), arguments);
        started.add(process);
        return process;
    }

    private Process coordinator() throws IOException {
        return start("coordinator", "port=" + port, "http.port=" + httpPort, "data=" + folder.resolve("coordinator"));
    }

    private Process worker(String name) throws IOException {
        return start(
                "worker", "coordinators=\"127.0.0.1:" + port + "\"", "name=" + name, "data=" + folder.resolve(name));
    }

    /** As {@code kill -9}, when so many steps were taken. */
    private void killAfter(int steps, Process process) throws Exception {
        await(() -> steps().size() >= steps);
        assertThat(steps()).as("steps at the time of the kill").hasSizeLessThan(STEPS);
        process.destroyForcibly().waitFor();
    }

    /** Lines of the prune stage that are whole. */
    private List<JsonNode> steps() throws IOException {
        Path metrics = folder.resolve("coordinator/runs/policy/metrics.jsonl");
        List<JsonNode> steps = new ArrayList<>();
        if (Files.exists(metrics)) {
            for (String line : Files.readAllLines(metrics)) {
                if (line.endsWith("}")) {
                    steps.add(new ObjectMapper().readTree(line));
                }
            }
        }
        return steps;
    }

    private void submit() {
        await(() -> {
            String body = JsonNodeFactory.instance
                    .objectNode()
                    .put("config", Files.readString(config))
                    .toString();
            HttpRequest request = HttpRequest.newBuilder(runs(""))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            try {
                HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                return answer.statusCode() == 201;
            } catch (IOException e) {
                // It does not listen yet.
                return false;
            }
        });
    }

    private void awaitEnd() {
        HttpRequest request = HttpRequest.newBuilder(runs("/policy")).build();
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
        kit.createTestProbe().awaitAssert(LONG, Duration.ofMillis(20), () -> {
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

    private static String exported(Path run) throws IOException {
        return Sha256.of(run.resolve("export/hf/model.safetensors"));
    }
}
