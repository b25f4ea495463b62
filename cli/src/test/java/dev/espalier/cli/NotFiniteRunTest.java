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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model with one weight that is no number, as users' commands meet it. */
class NotFiniteRunTest {
    private static final String TENSOR = "model.layers.1.mlp.up_proj.weight";

    @TempDir
    Path folder;

    private TinyRun run;

    @BeforeEach
    void poison() throws IOException {
        run = TinyRun.in(folder);
        Path weights = folder.resolve("model/model.safetensors");
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(weights)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(file.getLong(0));
        JsonNode tensor = new ObjectMapper()
                .readTree(new String(file.array(), Long.BYTES, header, StandardCharsets.UTF_8))
                .path(TENSOR);
        assertThat(tensor.path("dtype").asText()).isEqualTo("F32");
        int row = tensor.at("/shape/1").asInt();
        int begin = Long.BYTES + header + tensor.at("/data_offsets/0").asInt();
        file.putFloat(begin + Float.BYTES * (2 * row + 3), Float.NaN);
        Files.write(weights, file.array());
    }

    @Test
    void pruneEndsWithTheTensorTheFileAndThePlace() {
        assertNamed(run.prune());
        assertThat(run.out().resolve("export")).doesNotExist();
    }

    @Test
    void soDoesAOneShotMethodThatReadsNoText() {
        assertNamed(run.prune("prune.method=magnitude", "stages=[prune,export]"));
    }

    @Test
    void evaluateEndsSoToo() {
        assertNamed(Cli.run("evaluate", folder.resolve("model"), "--choices", folder.resolve("choices.jsonl")));
        assertNamed(Cli.run("generate", folder.resolve("model"), "--prompt", "The"));
    }

    private void assertNamed(Cli ended) {
        assertThat(ended.code()).as(ended.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(ended.err())
                .contains(TENSOR + " in " + folder.resolve("model/model.safetensors"))
                .contains("holds NaN at [2, 3]")
                .doesNotContain("Traceback", "TorchScript", "cholesky");
        assertThat(ended.out()).doesNotContain("accuracy", "perplexity");
    }
}
