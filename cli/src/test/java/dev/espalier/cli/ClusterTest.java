package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.RunListener;
import dev.espalier.coordinator.StageState;
import dev.espalier.coordinator.node.CoordinatorNode;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator in this process and workers in processes of their own, on the tiny model. */
class ClusterTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private final List<NodeProcessHandle> workers = new ArrayList<>();
    private final CountDownLatch trained = new CountDownLatch(8);
    private TinyRun tiny;
    private int port;
    private CoordinatorNode coordinator;

    @BeforeEach
    void prepare() throws IOException {
        tiny = TinyRun.in(folder);
        port = FreePort.find();
    }

    @AfterEach
    void stop() throws Exception {
        for (NodeProcessHandle worker : workers) {
            worker.kill();
        }
        if (coordinator != null) {
            coordinator.node().leave().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void aWorkerThatIsStartedFirstWaitsForTheCoordinatorAndDoesItsWork() throws Exception {
        // It never sees the run folder: all goes over the data plane.
        NodeProcessHandle worker = startWorker("early", "see-run-folders=false");
        Eventually.holds(LONG, () -> worker.readiness().equals(Optional.of(503)));
        startCoordinator();
        Eventually.holds(LONG, () -> worker.readiness().equals(Optional.of(200)));
        submit();
        awaitState("COMPLETED");
        assertThat(steps("prune")).containsExactly(0, 1, 2, 3, 4, 5);

        JsonNode local = new ObjectMapper().readTree(status().manifest());
        tiny = TinyRun.in(Files.createDirectory(folder.resolve("alone")));
        Cli alone = tiny.prune("run.name=tiny");
        assertThat(alone.code()).as(alone.err()).isZero();
        assertThat(tiny.manifest().at("/student/sha256"))
                .as("one worker over the cluster trains as one process does, bit for bit")
                .isEqualTo(local.at("/student/sha256"));
    }

    @Test
    void aRunWithoutWorkersWaitsAndSaysForWhat() throws Exception {
        startCoordinator();
        submit();
        Eventually.holds(LONG, () -> status().manifest().contains("a worker: there is none"));
        assertThat(status().state()).isEqualTo("RUNNING");
    }

    @Test
    void aWorkerWithAnotherModelEndsTheStageWithACauseAndResumeGoesOnAfterTheRepair() throws Exception {
        startCoordinator();
        startWorker("worker");
        submit("prune.steps=400");
        assertThat(trained.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        workers.get(0).kill();
        Path weights = folder.resolve("model/model.safetensors");
        byte[] right = Files.readAllBytes(weights);
        byte[] wrong = right.clone();
        wrong[wrong.length - 1] ^= 1;
        Files.write(weights, wrong);
        startWorker("stranger");
        awaitState("FAILED");
        assertThat(status().manifest()).contains("not the one that the run began with", "sha256sum");
        Files.write(weights, right);
        RunEntry run = coordinator
                .runs()
                .find("tiny")
                .toCompletableFuture()
                .join()
                .run()
                .orElseThrow();
        coordinator
                .runs()
                .command(run, RunCommand.Resume::new)
                .toCompletableFuture()
                .join();
        int before = steps("prune").size();
        Eventually.holds(LONG, () -> steps("prune").size() > before);
    }

    @Test
    void severalWorkersTrainOneRunAndTheLossOfOneIsMadeUpFor() throws Exception {
        startCoordinator();
        NodeProcessHandle first = startWorker("first");
        NodeProcessHandle second = startWorker("second");
        Eventually.holds(LONG, () -> workers().workers().size() == 2);
        submit("prune.steps=40", "recover.steps=20");
        assertThat(trained.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        first.kill();
        NodeProcessHandle third = startWorker("third");
        Eventually.holds(LONG, () -> third.readiness().equals(Optional.of(200)));
        awaitState("COMPLETED");
        assertThat(steps("prune")).hasSize(40).doesNotHaveDuplicates();
        assertThat(steps("recover")).hasSize(20).doesNotHaveDuplicates();
        second.terminate();
        Eventually.holds(LONG, () -> workers().workers().size() == 1);
    }

    @Test
    void aWorkerThatIsToldToStopGivesItsAssignmentBackAndLeaves() throws Exception {
        startCoordinator();
        NodeProcessHandle leaver = startWorker("leaver");
        submit("prune.steps=400");
        assertThat(trained.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        leaver.terminate();
        Eventually.holds(LONG, () -> workers().workers().isEmpty());
        Eventually.holds(LONG, () -> status().manifest().contains("a worker: there is none"));
        assertThat(status().state()).as("nothing has failed").isEqualTo("RUNNING");
        assertThat(Files.readString(leaver.log())).doesNotContain("Exception");
    }

    private void startCoordinator() throws IOException {
        RunListener listener = new RunListener() {
            @Override
            public void stepped(StepMetrics metrics) {
                trained.countDown();
            }

            @Override
            public void stageChanged(Stage stage, StageState state, String cause) {
                System.err.println(stage + " " + state + " " + cause);
            }

            @Override
            public void attemptFailed(Stage stage, int attempt, String cause) {
                System.err.println(stage + " attempt " + attempt + " " + cause);
            }
        };
        coordinator = CoordinatorNode.start(
                NodeConfigReader.coordinator(
                        Optional.empty(),
                        List.of("port=" + port, "http.port=0", "data=" + folder.resolve("coordinator"))),
                false,
                run -> listener);
    }

    private NodeProcessHandle startWorker(String name, String... set) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("worker", "--coordinator", "127.0.0.1:" + port));
        for (String setting : set) {
            arguments.addAll(List.of("--set", setting));
        }
        arguments.addAll(List.of("--set", "name=" + name, "--set", "data=" + folder.resolve("workers")));
        NodeProcessHandle worker = NodeProcessHandle.start(
                Files.createDirectories(Path.of("target/cluster-test")).resolve(name + ".log"), arguments.toArray());
        workers.add(worker);
        return worker;
    }

    private void submit(String... set) throws IOException {
        List<String> overrides = new ArrayList<>(List.of("run.name=tiny"));
        overrides.addAll(List.of(set));
        ResolvedRun run = RunConfigReader.read(tiny.config(), overrides, Optional.of(tiny.out()));
        coordinator.runs().submit(run).toCompletableFuture().join();
    }

    private RunStatus status() {
        return coordinator.runs().status("tiny").toCompletableFuture().join();
    }

    private Workforce.Workers workers() {
        return AskPattern.<Workforce.Command, Workforce.Workers>ask(
                        coordinator.workforce(),
                        Workforce.GetWorkers::new,
                        LONG,
                        coordinator.node().system().scheduler())
                .toCompletableFuture()
                .join();
    }

    private void awaitState(String state) throws Exception {
        Eventually.holds(LONG, () -> status().state().equals(state));
    }

    private List<Integer> steps(String stage) throws IOException {
        List<Integer> steps = new ArrayList<>();
        try (Stream<String> lines = Files.lines(tiny.out().resolve("metrics.jsonl"))) {
            for (String line : lines.toList()) {
                JsonNode step = new ObjectMapper().readTree(line);
                if (step.path("stage").asText().equals(stage)) {
                    steps.add(step.path("step").asInt());
                }
            }
        }
        return steps;
    }
}
