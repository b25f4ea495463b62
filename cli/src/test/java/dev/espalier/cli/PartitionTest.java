package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.node.CoordinatorNode;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network between a coordinator and a worker fails for a while. */
@Tag("endurance")
class PartitionTest {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final String TOKEN = "a-secret-of-the-partition-test";
    private static final int STEPS = 200;

    @TempDir
    Path folder;

    private NetworkNamespace network;
    private CoordinatorNode coordinator;
    private SupervisedNode worker;

    @BeforeEach
    void lay() throws Exception {
        assumeTrue(NetworkNamespace.isPossible(), "this process may not make a network namespace: nothing is cut off");
        network = NetworkNamespace.create();
    }

    @AfterEach
    void clear() throws Exception {
        if (coordinator != null) {
            coordinator.leave().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        if (worker != null) {
            worker.stop();
        }
        if (network != null) {
            network.delete();
        }
    }

    @Test
    void aWorkerThatIsCutOffIsFencedAndComesBackByItself() throws Exception {
        TinyRun tiny = TinyRun.in(Files.createDirectory(folder.resolve("tiny")));
        int port = start();
        worker = SupervisedNode.start(
                network.prefix(),
                fresh("worker.log"),
                "worker",
                "--coordinator",
                network.here() + ":" + port,
                "--set",
                "host=" + network.there(),
                "--set",
                "tls.off=true",
                "--set",
                "name=far",
                "--set",
                "http.token=" + TOKEN,
                "--set",
                "see-run-folders=false",
                "--set",
                "data=" + folder.resolve("worker"));
        ResolvedRun run = RunConfigReader.read(
                tiny.config(),
                List.of("run.name=tiny", "prune.steps=" + STEPS, "cluster.inner-steps=5"),
                Optional.of(tiny.out()));
        coordinator.runs().submit(run).toCompletableFuture().join();
        Eventually.holds(LONG, () -> steps(tiny).size() > 10);

        network.cut();
        Eventually.holds(LONG, () -> manifest().path("waiting").asText().contains("no worker is here"));
        int before = steps(tiny).size();
        assertThat(manifest().path("state").asText()).isEqualTo("RUNNING");

        network.heal();
        Eventually.holds(LONG, () -> steps(tiny).size() > before);
        Eventually.holds(LONG, () -> manifest().path("state").asText().equals("COMPLETED"));
        assertThat(worker.starts()).as("cut off, it waited").isEqualTo(1);
        assertThat(steps(tiny)).isEqualTo(IntStream.range(0, STEPS).boxed().toList());
    }

    private int start() throws IOException {
        int port = FreePort.find();
        coordinator = CoordinatorNode.start(
                NodeConfigReader.coordinator(
                        Optional.empty(),
                        List.of(
                                "host=" + network.here(),
                                "tls.off=true",
                                "port=" + port,
                                "http.host=" + network.here(),
                                "http.port=0",
                                "http.token=" + TOKEN,
                                "data=" + folder.resolve("coordinator"))),
                Methods.stages(),
                false,
                run -> RunListener.NONE);
        return port;
    }

    private static Path fresh(String name) throws IOException {
        Path log = Files.createDirectories(Path.of("target/partition-test")).resolve(name);
        Files.deleteIfExists(log);
        return log;
    }

    private JsonNode manifest() throws IOException {
        return new ObjectMapper()
                .readTree(coordinator
                        .runs()
                        .status("tiny")
                        .toCompletableFuture()
                        .join()
                        .manifest());
    }

    /** Steps of pruning, as the run has them. */
    private static List<Integer> steps(TinyRun run) throws IOException {
        List<Integer> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.out().resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            if (step.path("stage").asText().equals("prune")) {
                steps.add(step.path("step").asInt());
            }
        }
        return steps.stream().sorted().toList();
    }
}
