package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.FreePort;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any process of a cluster is killed every few seconds, and started again as a container would be, while one more worker
 * returns what must not be merged and then hangs. The time it goes on is {@code ESPALIER_CHAOS_SECONDS}.
 */
@Tag("endurance")
class ChaosTest {
    private static final int WORKERS = 4;
    private static final int SECONDS = Integer.parseInt(
            Optional.ofNullable(System.getenv("ESPALIER_CHAOS_SECONDS")).orElse("12"));
    private static final int PRUNE_STEPS = 200 + 2 * SECONDS;
    private static final int RECOVER_STEPS = PRUNE_STEPS / 2;
    private static final int LEAST_PAUSE_MILLIS = 3_000;
    private static final int MOST_PAUSE_MILLIS = 7_000;
    private static final String[] SET = {
        "run.name=tiny",
        "prune.steps=" + PRUNE_STEPS,
        "recover.steps=" + RECOVER_STEPS,
        "prune.schedule.warmup-steps=" + PRUNE_STEPS / 4,
        "cluster.inner-steps=5"
    };

    /** A coordinator that waits seconds for a hung worker, where nobody has measured it yet. */
    private static final List<String> IMPATIENT = List.of(
            "env",
            "JAVA_TOOL_OPTIONS=-Despalier.coordinator.work-silence=20s"
                    + " -Despalier.coordinator.least-work-silence=5s");

    private static ActorTestKit kit;

    @TempDir
    Path folder;

    private final List<SupervisedNode> nodes = new ArrayList<>();
    private SupervisedProcess bad;
    private String url;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create("ChaosTest");
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void aRunCompletesWhileAnyProcessIsKilledAgainAndAgainAndAWorkerPoisonsAndHangs() throws Exception {
        TinyRun undisturbed = TinyRun.in(Files.createDirectory(folder.resolve("undisturbed")));
        Cli whole = undisturbed.prune(SET);
        assertThat(whole.code()).as(whole.err()).isZero();

        Path data = Files.createDirectory(folder.resolve("coordinator"));
        try {
            startCluster(data);
            TinyRun disturbed = submit(data);
            long seed = Long.getLong("espalier.test.seed", System.nanoTime());
            int kills = killAtRandom(new Random(seed));
            System.err.println("chaos of seed " + seed + ": " + kills + " kills; starts "
                    + nodes.stream().map(SupervisedNode::starts).toList());
            awaitEnd();
            assertSameQuality(disturbed.manifest(), undisturbed.manifest());
            assertThat(steps(disturbed)).isEqualTo(steps(undisturbed));
        } finally {
            for (SupervisedNode node : nodes) {
                node.stop();
            }
            if (bad != null) {
                bad.release().destroyForcibly().waitFor();
            }
        }
        String journal = "jdbc:sqlite:" + data.resolve("journal/journal.db").toAbsolutePath();
        assertNothingTwice(new RunJournal(() -> DriverManager.getConnection(journal), "tiny", kit.system()).events());
    }

    private void startCluster(Path data) throws IOException {
        int port = FreePort.find();
        int http = FreePort.find();
        url = "http://127.0.0.1:" + http;
        Path logs = Files.createDirectories(Path.of("target/chaos-test"));
        bad = BadWorker.start("127.0.0.1:" + port, folder.resolve("bad"), fresh(logs.resolve("bad-worker.log")));
        nodes.add(SupervisedNode.start(
                IMPATIENT,
                fresh(logs.resolve("coordinator.log")),
                "coordinator",
                "--set",
                "port=" + port,
                "--set",
                "http.port=" + http,
                "--set",
                "data=" + data));
        for (int worker = 0; worker < WORKERS; worker++) {
            nodes.add(SupervisedNode.start(
                    fresh(logs.resolve("worker-" + worker + ".log")),
                    "worker",
                    "--coordinator",
                    "127.0.0.1:" + port,
                    "--set",
                    "name=worker-" + worker,
                    "--set",
                    "data=" + folder.resolve("workers"),
                    "--set",
                    "see-run-folders=" + (worker % 2 == 0)));
        }
    }

    private static Path fresh(Path log) throws IOException {
        Files.deleteIfExists(log);
        return log;
    }

    private TinyRun submit(Path data) throws Exception {
        TinyRun files = TinyRun.in(Files.createDirectory(folder.resolve("disturbed")));
        List<Object> arguments = new ArrayList<>(List.of("submit", files.config(), "--url", url));
        for (String set : SET) {
            arguments.addAll(List.of("--set", set));
        }
        Eventually.holds(
                Duration.ofMinutes(8), () -> Cli.run(arguments.toArray()).code() == ExitCode.DONE);
        return new TinyRun(files.folder(), files.config(), data.resolve("runs/tiny"));
    }

    private int killAtRandom(Random random) throws InterruptedException {
        Instant end = Instant.now().plusSeconds(SECONDS);
        int kills = 0;
        // In rounds, so that chance spares nobody: neither the coordinator nor a worker.
        List<SupervisedNode> round = new ArrayList<>();
        while (Instant.now().isBefore(end)) {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(LEAST_PAUSE_MILLIS, MOST_PAUSE_MILLIS));
            if (round.isEmpty()) {
                round.addAll(nodes);
                Collections.shuffle(round, random);
            }
            round.remove(round.size() - 1).kill();
            kills++;
        }
        return kills;
    }

    private void awaitEnd() throws Exception {
        Eventually.holds(Duration.ofMinutes(8), () -> !state().equals("RUNNING"));
        assertThat(state()).as(status().out()).isEqualTo("COMPLETED");
    }

    /** RUNNING also while nobody answers. */
    private String state() throws IOException {
        Cli status = status();
        return status.code() == ExitCode.DONE
                ? new ObjectMapper().readTree(status.out()).path("state").asText()
                : "RUNNING";
    }

    private Cli status() {
        return Cli.run("status", "tiny", "--url", url, "--json");
    }

    private static void assertSameQuality(JsonNode disturbed, JsonNode undisturbed) {
        String sparsity = "/parameters/sparsity";
        assertThat(disturbed.at(sparsity).asDouble())
                .isCloseTo(undisturbed.at(sparsity).asDouble(), within(0.005));
        String perplexity = "/evaluation/after-recover/perplexity/0/value";
        assertThat(Math.log(disturbed.at(perplexity).asDouble()))
                .as("loss on the text")
                .isCloseTo(Math.log(undisturbed.at(perplexity).asDouble()), within(0.2));
    }

    /** Every step once: whatever was done in vain is not told of. */
    private static List<String> steps(TinyRun run) throws IOException {
        List<String> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.out().resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            steps.add(step.path("stage").asText() + " " + step.path("step").asInt());
        }
        return steps.stream().sorted().toList();
    }

    private static void assertNothingTwice(List<RunEvent> events) {
        List<AssignmentKey> merged = new ArrayList<>();
        int[] steps = new int[Stage.USUAL.size()];
        List<AssignmentKey> poisoned = new ArrayList<>();
        List<Stage> completed = new ArrayList<>();
        for (RunEvent event : events) {
            if (event instanceof RunEvent.Merged merge) {
                AssignmentKey key = merge.result().key();
                assertThat(poisoned).as("given to the bad worker").doesNotContain(key);
                merged.add(new AssignmentKey(key.run(), key.stage(), key.sequence(), 0));
                steps[key.stage().number()] += merge.steps();
            } else if (event instanceof RunEvent.Assigned assigned
                    && assigned.worker().equals(BadWorker.NAME)) {
                poisoned.add(assigned.key());
            } else if (event instanceof RunEvent.StageCompleted completion) {
                completed.add(completion.stage());
            }
            assertThat(event).isNotInstanceOf(RunEvent.StageReset.class).isNotInstanceOf(RunEvent.StageFailed.class);
        }
        assertThat(poisoned).as("given to the bad worker").isNotEmpty();
        assertThat(merged).as("merged assignments").doesNotHaveDuplicates();
        assertThat(steps[Stage.PRUNE.number()]).isEqualTo(PRUNE_STEPS);
        assertThat(steps[Stage.RECOVER.number()]).isEqualTo(RECOVER_STEPS);
        assertThat(completed).containsExactlyElementsOf(Stage.USUAL);
    }
}
