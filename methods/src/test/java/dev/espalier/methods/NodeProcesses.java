package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.coordinator.FreePort;
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
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/** A coordinator and workers as processes of their own, which a test may kill, and their HTTP API. All end with it. */
public final class NodeProcesses implements AutoCloseable {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final ActorTestKit kit = ActorTestKit.create("NodeProcesses");
    private final List<Process> started = new ArrayList<>();
    private final int port;
    private final int httpPort;
    private final Path folder;
    private final Program program;

    /** @param folder of the nodes' data */
    public NodeProcesses(Path folder, Program program) throws IOException {
        port = FreePort.find();
        httpPort = FreePort.find();
        this.folder = folder;
        this.program = program;
    }

    /** What the processes run. */
    public interface Program {
        /** @param arguments {@code coordinator} or {@code worker}, then keys of the node's configuration */
        Process start(String... arguments) throws IOException;
    }

    public interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    public Process coordinator() throws IOException {
        return start("coordinator", "port=" + port, "http.port=" + httpPort, "data=" + folder.resolve("coordinator"));
    }

    public Process worker(String name) throws IOException {
        return start(
                "worker", "coordinators=\"127.0.0.1:" + port + "\"", "name=" + name, "data=" + folder.resolve(name));
    }

    private Process start(String... arguments) throws IOException {
        Process process = program.start(arguments);
        started.add(process);
        return process;
    }

    /** Where the coordinator keeps that run. */
    public Path run(String name) {
        return folder.resolve("coordinator/runs").resolve(name);
    }

    /** Hands the run to the coordinator, as soon as it listens. */
    public void submit(Path config) throws IOException {
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

    public void awaitEnd(String run) {
        HttpRequest request = HttpRequest.newBuilder(runs("/" + run)).build();
        await(() -> {
            try {
                HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                return new ObjectMapper()
                        .readTree(answer.body())
                        .path("state")
                        .asText()
                        .equals("COMPLETED");
            } catch (IOException e) {
                // It is being started again.
                return false;
            }
        });
    }

    private URI runs(String path) {
        return URI.create("http://127.0.0.1:" + httpPort + "/api/v1/runs" + path);
    }

    public void await(Condition condition) {
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

    @Override
    public void close() {
        started.forEach(process -> process.destroyForcibly().onExit().join());
        kit.shutdownTestKit();
    }
}
