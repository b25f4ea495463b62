package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGTERM while a command computes: it ends at once, in order, and says how to go on. (Runs: {@link InterruptedPruneTest}.) */
@Tag("endurance")
class InterruptedCommandTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private Path model;

    @BeforeEach
    void prepare() throws IOException {
        model = TinyModel.in(folder.resolve("model"));
    }

    @Test
    void evaluate() throws Exception {
        Path text = Files.writeString(folder.resolve("long.txt"), "The cat sat on the mat.\n".repeat(100_000));
        NodeProcessHandle command =
                live("evaluate", model, "--perplexity", text, "--window", 16, "--device", "cpu", "--json");
        assertEndsAtOnce(command, "windows", "interrupted");
    }

    @Test
    void generate() throws Exception {
        Path config = model.resolve("config.json");
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config.toFile());
        json.put("max_position_embeddings", 4096).remove("eos_token_id");
        Files.writeString(config, json.toString());
        NodeProcessHandle command = live("generate", model, "--prompt", "The cat", "--tokens", 4000, "--device", "cpu");
        assertEndsAtOnce(command, "The cat", "interrupted");
    }

    @Test
    void pretrainGoesOnFromItsCheckpoint() throws Exception {
        Files.writeString(folder.resolve("text.txt"), "The cat sat on the mat.\n".repeat(200));
        Path config = Files.writeString(
                folder.resolve("tiny.conf"),
                """
                model { layers = 2, hidden = 32, heads = 2, kv-heads = 1, intermediate = 64, max-positions = 64 }
                tokenizer = model/tokenizer.json
                device = cpu
                data { train = [ { path = text.txt } ], sequence-length = 32 }
                batch-size = 2, steps = 100000, checkpoint-interval = 7, log-interval = 10
                """);
        Path out = folder.resolve("out");
        NodeProcessHandle command = live("pretrain", config, "--out", out);
        assertEndsAtOnce(command, "step 40/", "the same command again goes on from the last checkpoint");

        NodeProcessHandle again = live("pretrain", config, "--out", out);
        assertEndsAtOnce(again, "step ", "interrupted");
        assertThat(again.log()).content().doesNotContain("step 10/", "step 20/");
    }

    @Test
    void planLeavesNothingOfItsProbe() throws Exception {
        TinyRun run = TinyRun.in(Files.createDirectory(folder.resolve("run")));
        NodeProcessHandle command = live(
                "plan",
                run.config(),
                "--out",
                run.out(),
                "--set",
                "prune.batch-size=500",
                "--set",
                "recover.batch-size=500");
        assertEndsAtOnce(command, "prune", "interrupted");
        try (Stream<Path> left = Files.list(run.folder())) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .as(Files.readString(command.log()))
                    .noneMatch(name -> name.contains("probe"));
        }
    }

    @Test
    void aWorkerWhoseStepOutlastsThePatienceOfLeaving() throws Exception {
        try (TinyCluster cluster = new TinyCluster(folder.resolve("cluster"), "interrupted-worker-test")) {
            cluster.startCoordinator();
            NodeProcessHandle worker = cluster.startWorker(
                    List.of(
                            "env",
                            "JAVA_TOOL_OPTIONS=-Dpekko.coordinated-shutdown.phases.actor-system-terminate.timeout=1s"),
                    "slow",
                    "leave-seconds=1");
            cluster.submit("prune.steps=400", "prune.batch-size=6000", "prune.refit=false");
            // A step is over, so that the next one has just begun.
            Eventually.holds(PATIENCE, () -> !cluster.steps("prune").isEmpty());

            worker.process().destroy();
            assertThat(worker.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(worker.process().exitValue()).isEqualTo(Interruption.EXIT_CODE);
            assertThat(worker.log()).content().doesNotContain("fatal error", "terminate called");
        }
    }

    /** As on a terminal, where progress is told at once. */
    private NodeProcessHandle live(Object... arguments) throws IOException {
        Path log = Files.createTempFile(folder, "command", ".log");
        return NodeProcessHandle.start(
                List.of("env", "JAVA_TOOL_OPTIONS=-Despalier.columns=80"),
                ProcessBuilder.Redirect.to(log.toFile()),
                log,
                arguments);
    }

    /**
     * @param told once it computes
     * @param advice what it says then
     */
    private static void assertEndsAtOnce(NodeProcessHandle command, String told, String advice) throws Exception {
        Process process = command.process();
        try {
            Eventually.holds(PATIENCE, () -> {
                assertThat(process.isAlive())
                        .as(Files.readString(command.log()))
                        .isTrue();
                return Files.readString(command.log()).contains(told);
            });
            assertThat(command.terminate()).isEqualTo(Interruption.EXIT_CODE);
            assertThat(command.log())
                    .content()
                    .contains("espalier: interrupted", advice)
                    .doesNotContain("fatal error", "terminate called", "is left of the probe");
        } finally {
            command.kill();
        }
    }
}
