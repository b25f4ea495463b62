package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of a training from scratch, then the same command again: the same model, bit for bit. */
@Tag("endurance")
class KilledPretrainingTest {
    private static final int KILLS = 3;

    private static ActorTestKit kit;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        kit = ActorTestKit.create("KilledPretrainingTest");
    }

    @AfterAll
    static void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void aTrainingThatIsKilledEndsAsTheUndisturbedOne() throws Exception {
        Path config = configure();
        Cli whole = Cli.run("pretrain", config, "--out", folder.resolve("undisturbed"));
        assertThat(whole.code()).as(whole.err()).isZero();

        long seed = Long.getLong("espalier.test.seed", System.nanoTime());
        Random random = new Random(seed);
        Path out = folder.resolve("killed");
        for (int kill = 1; kill <= KILLS; kill++) {
            // Far from the end even where steps take a millisecond.
            killAfter(config, out, kill * 150, random.nextInt(100));
        }
        Cli last = Cli.run("pretrain", config, "--out", out);
        assertThat(last.code()).as("seed " + seed + ": " + last.err()).isZero();
        assertThat(Sha256.of(out.resolve("model.safetensors")))
                .as("seed " + seed)
                .isEqualTo(Sha256.of(folder.resolve("undisturbed/model.safetensors")));
        assertThat(out.resolve("checkpoint.safetensors")).doesNotExist();
    }

    @Test
    void aModelThatIsWholeIsNotTrainedOver() throws Exception {
        Path config = configure();
        Path out = folder.resolve("out");
        assertThat(Cli.run(
                                "pretrain",
                                config,
                                "--out",
                                out,
                                "--set",
                                "steps=2",
                                "--set",
                                "learning-rate.warmup-steps=1")
                        .code())
                .isZero();
        Cli again = Cli.run("pretrain", config, "--out", out);
        assertThat(again.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(again.err()).contains("already holds a trained model");
    }

    private Path configure() throws IOException {
        TinyModel.tokenizer(folder.resolve("tokenizer.json"), 90);
        Files.writeString(folder.resolve("text.txt"), "The cat sat on the mat.\n".repeat(200));
        return Files.writeString(
                folder.resolve("tiny.conf"),
                """
                model { layers = 2, hidden = 32, heads = 2, kv-heads = 1, intermediate = 64, max-positions = 64 }
                tokenizer = tokenizer.json
                device = cpu
                data { train = [ { path = text.txt } ], sequence-length = 32 }
                batch-size = 2, steps = 800, checkpoint-interval = 7, log-interval = 10
                """);
    }

    private void killAfter(Path config, Path out, int step, int delayMillis) throws Exception {
        List<Object> arguments = new ArrayList<>(List.of("pretrain", config, "--out", out));
        NodeProcessHandle command =
                NodeProcessHandle.start(folder.resolve("killed-" + step + ".log"), arguments.toArray());
        try {
            TestProbe<Object> probe = kit.createTestProbe();
            probe.awaitAssert(Duration.ofMinutes(2), Duration.ofMillis(10), () -> {
                assertThat(!command.process().isAlive() || reached(command, step))
                        .isTrue();
                return null;
            });
            assertThat(command.process().waitFor(delayMillis, TimeUnit.MILLISECONDS)
                            && command.process().exitValue() != 0)
                    .as("the training fails by itself: " + Files.readString(command.log()))
                    .isFalse();
        } finally {
            command.kill();
        }
    }

    private static boolean reached(NodeProcessHandle command, int step) throws IOException {
        return Files.readString(command.log()).contains("step " + step + "/");
    }
}
