package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainings whose every step is skipped, since its loss is not finite: they would leave the model as it was. */
class DivergedRunTest {
    @TempDir
    Path folder;

    /** Slices are of two steps. */
    @Test
    void aRunWhoseStepsAreAllSkippedFailsWhateverTheLengthOfItsSlices() throws IOException {
        TinyRun run = TinyRun.in(folder);
        overflow("model.norm.weight");
        Cli ended = run.prune("stages=[prune,recover,export]", "prune.method=magnitude", "recover.steps=30");
        assertTold(ended, "recover.learning-rate");
        assertThat(run.out().resolve("export")).doesNotExist();
    }

    @Test
    void aTrainingFromScratchDoesSoToo() throws IOException {
        TinyModel.tokenizer(folder.resolve("tokenizer.json"), 90);
        Files.writeString(folder.resolve("text.txt"), "The cat sat on the mat.\n".repeat(200));
        Path config = Files.writeString(
                folder.resolve("tiny.conf"),
                """
                model { layers = 2, hidden = 32, heads = 2, kv-heads = 1, intermediate = 64, max-positions = 64 }
                tokenizer = tokenizer.json
                data { train = [ { path = text.txt } ], sequence-length = 32 }
                device = cpu
                steps = 60
                batch-size = 2
                # each step takes every weight a hundred times
                learning-rate { peak = 10, final = 10, warmup-steps = 0 }
                weight-decay = 10
                """);
        Path out = folder.resolve("out");
        assertTold(Cli.run("pretrain", config, "--out", out), "learning-rate.peak");
        assertThat(out.resolve("model.safetensors")).doesNotExist();
    }

    /** Finite weights with which nothing else is. */
    private void overflow(String tensor) throws IOException {
        Path weights = folder.resolve("model/model.safetensors");
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(file.getLong(0));
        JsonNode info = new ObjectMapper()
                .readTree(new String(file.array(), Long.BYTES, header, StandardCharsets.UTF_8))
                .path(tensor);
        assertThat(info.path("dtype").asText()).isEqualTo("F32");
        int begin = Long.BYTES + header + info.at("/data_offsets/0").asInt();
        for (int i = 0; i < info.at("/shape/0").asInt(); i++) {
            file.putFloat(begin + Float.BYTES * i, Float.MAX_VALUE);
        }
        Files.write(weights, file.array());
    }

    private static void assertTold(Cli ended, String key) {
        assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(ended.err()).contains("not finite in 10 steps in a row", "lower", key);
    }
}
