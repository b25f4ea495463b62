package dev.espalier.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.node.CoordinatorNode;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.methods.Methods;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.NodeConfigReader;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.pattern.StatusReply;

/** A coordinator in this process and workers in processes of their own, for one run of the tiny model. */
final class TinyCluster implements AutoCloseable {
    static final Duration LONG = Duration.ofMinutes(2);

    private static final String RUN = "tiny";

    private final Path folder;
    private final TinyRun tiny;
    private final Path logs;
    private final List<NodeProcessHandle> workers = new ArrayList<>();
    private final CountDownLatch trained = new CountDownLatch(8);
    private final int port = FreePort.find();
    private CoordinatorNode coordinator;

    /** @param logs name of the folder under target/ for what the workers print */
    TinyCluster(Path folder, String logs) throws IOException {
        this.folder = folder;
        tiny = TinyRun.in(folder);
        this.logs = Files.createDirectories(Path.of("target").resolve(logs));
    }

    TinyRun tiny() {
        return tiny;
    }

    void startCoordinator() throws IOException {
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
                Methods.stages(),
                false,
                run -> listener);
    }

    /** Politely: it leaves the cluster, and everybody hears of it. */
    void stopCoordinator() {
        coordinator
                .leave()
                .toCompletableFuture()
                .orTimeout(LONG.toSeconds(), TimeUnit.SECONDS)
                .join();
        coordinator = null;
    }

    NodeProcessHandle startWorker(String name, String... set) throws IOException {
        return startWorker(List.of(), name, set);
    }

    /** @param prefix a command that starts it */
    NodeProcessHandle startWorker(List<String> prefix, String name, String... set) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("worker", "--coordinator", "127.0.0.1:" + port));
        for (String setting : set) {
            arguments.addAll(List.of("--set", setting));
        }
        arguments.addAll(List.of("--set", "name=" + name, "--set", "data=" + folder.resolve("workers")));
        Path log = logs.resolve(name + ".log");
        NodeProcessHandle worker = NodeProcessHandle.start(prefix, Redirect.to(log.toFile()), log, arguments.toArray());
        workers.add(worker);
        return worker;
    }

    void submit(String... set) throws IOException {
        List<String> overrides = new ArrayList<>(List.of("run.name=" + RUN));
        overrides.addAll(List.of(set));
        ResolvedRun run = RunConfigReader.read(tiny.config(), overrides, Optional.of(tiny.out()));
        coordinator.runs().submit(run).toCompletableFuture().join();
    }

    /** Tells the run something, as the HTTP API does; what it answers, or throws its refusal. */
    RunStatus tell(Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
        RunEntry run =
                coordinator.runs().find(RUN).toCompletableFuture().join().run().orElseThrow();
        return coordinator.runs().command(run, command).toCompletableFuture().join();
    }

    RunStatus status() {
        return coordinator.runs().status(RUN).toCompletableFuture().join();
    }

    JsonNode manifest() throws IOException {
        return new ObjectMapper().readTree(status().manifest());
    }

    int workers() {
        return AskPattern.<Workforce.Command, Workforce.Workers>ask(
                        coordinator.workforce(),
                        Workforce.GetWorkers::new,
                        LONG,
                        coordinator.node().system().scheduler())
                .toCompletableFuture()
                .join()
                .workers()
                .size();
    }

    void awaitState(String state) throws Exception {
        Eventually.holds(LONG, () -> status().state().equals(state));
    }

    /** Waits for a few steps of training. */
    void awaitTraining() throws InterruptedException {
        if (!trained.await(LONG.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("nobody trains");
        }
    }

    /** Numbers of a stage's steps, in the order in which they were reported. */
    List<Integer> steps(String stage) throws IOException {
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

    @Override
    public void close() {
        // While the workers are there: the cluster waits long for the leave of those who do not answer.
        if (coordinator != null) {
            stopCoordinator();
        }
        for (NodeProcessHandle worker : workers) {
            worker.process().destroyForcibly().onExit().join();
        }
    }
}
