package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at random instants of every stage, then the same command again: the run must end as the undisturbed one
 * does, bit for bit, and do no completed stage again. How often in each stage: {@code ESPALIER_KILLS_PER_STAGE}.
 */
@Tag("endurance")
class KilledRunTest {
    private static final int KILLS_PER_STAGE = Integer.parseInt(
            Optional.ofNullable(System.getenv("ESPALIER_KILLS_PER_STAGE")).orElse("1"));
    private static final int LONGEST_DELAY_MILLIS = 500;
    private static final String[] SET = {
        "run.name=tiny", "prune.steps=30", "recover.steps=20", "calibrate.tokens=512", "evaluate.limit=40"
    };

    private static ActorTestKit kit;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create("KilledRunTest");
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void aRunThatIsKilledInEveryStageEndsAsTheUndisturbedOne() throws Exception {
        TinyRun undisturbed = TinyRun.in(Files.createDirectory(folder.resolve("undisturbed")));
        Cli whole = undisturbed.prune(SET);
        assertThat(whole.code()).as(whole.err()).isZero();

        long seed = Long.getLong("espalier.test.seed", System.nanoTime());
        Random random = new Random(seed);
        TinyRun killed = TinyRun.in(Files.createDirectory(folder.resolve("killed")));
        List<String> points = new ArrayList<>();
        Map<String, String> completed = new HashMap<>();
        for (Stage stage : Stage.USUAL) {
            for (int kill = 0; kill < KILLS_PER_STAGE; kill++) {
                int delay = random.nextInt(LONGEST_DELAY_MILLIS);
                points.add(stage.word() + "+" + delay + "ms:" + kill(killed, stage, delay, points.size()));
                assertNothingCompletedIsRedone(killed, completed);
            }
        }
        System.err.println("kill points of seed " + seed + ": " + points);
        Cli last = killed.prune(SET);
        assertThat(last.code())
                .as("seed " + seed + ", " + points + ": " + last.err())
                .isZero();
        assertNothingCompletedIsRedone(killed, completed);
        assertThat(artefacts(killed)).as("seed " + seed + ", " + points).isEqualTo(artefacts(undisturbed));
        assertThat(killed.out().resolve("export/hf")).isDirectoryNotContaining("glob:**/.*");
        assertThat(killed.manifest().path("student"))
                .isEqualTo(undisturbed.manifest().path("student"));
        assertThat(steps(killed)).isEqualTo(steps(undisturbed));
    }

    /** Runs the command until the stage is at work, and a little longer. */
    private static String kill(TinyRun run, Stage stage, int delayMillis, int number) throws Exception {
        List<Object> arguments = new ArrayList<>(List.of("prune", run.config(), "--out", run.out()));
        for (String set : SET) {
            arguments.addAll(List.of("--set", set));
        }
        NodeProcessHandle command =
                NodeProcessHandle.start(run.folder().resolve("killed-" + number + ".log"), arguments.toArray());
        try {
            TestProbe<Object> probe = kit.createTestProbe();
            probe.awaitAssert(Duration.ofMinutes(2), Duration.ofMillis(20), () -> {
                assertThat(!command.process().isAlive() || isAtWork(command, stage))
                        .isTrue();
                return null;
            });
            boolean ended = command.process().waitFor(delayMillis, TimeUnit.MILLISECONDS);
            return ended ? "ended" : "killed";
        } finally {
            command.kill();
        }
    }

    /** What the command says of the stage once it has begun with it. */
    private static boolean isAtWork(NodeProcessHandle command, Stage stage) throws IOException {
        return Files.readString(command.log()).lines().anyMatch(line -> line.startsWith(stage.word()));
    }

    private static void assertNothingCompletedIsRedone(TinyRun run, Map<String, String> completed) throws IOException {
        if (!Files.exists(run.out().resolve("manifest.json"))) {
            return;
        }
        for (JsonNode stage : run.manifest().path("stages")) {
            String name = stage.path("name").asText();
            String ended = stage.path("ended").asText();
            if (completed.containsKey(name)) {
                assertThat(ended).as(name + " is not done again").isEqualTo(completed.get(name));
            } else if (stage.path("state").asText().equals("COMPLETED")) {
                completed.put(name, ended);
            }
        }
    }

    /** Every file that a stage left, with its hash; but for evaluations, which hold times. */
    private static Map<String, String> artefacts(TinyRun run) throws IOException {
        Map<String, String> hashes = new HashMap<>();
        for (JsonNode stage : run.manifest().path("stages")) {
            for (JsonNode artefact : stage.path("artefacts")) {
                hashes.put(
                        artefact.path("path").asText(), artefact.path("sha256").asText());
            }
        }
        return hashes;
    }

    private static List<String> steps(TinyRun run) throws IOException {
        List<String> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.out().resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            steps.add(step.path("stage").asText() + " " + step.path("step").asInt() + " "
                    + step.path("loss").asDouble());
        }
        return steps;
    }
}
