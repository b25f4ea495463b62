package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainCommandTest {
    @TempDir
    Path folder;

    private Path config;

    @BeforeEach
    void configure() throws IOException {
        Path tokenizer = Files.createDirectory(folder.resolve("tokenizer"));
        TinyModel.tokenizer(tokenizer.resolve("tokenizer.json"), 90);
        Files.writeString(folder.resolve("text.txt"), "The cat sat on the mat.\n".repeat(200));
        config = Files.writeString(
                folder.resolve("tiny.conf"),
                """
                model { layers = 2, hidden = 32, heads = 2, kv-heads = 1, intermediate = 64, max-positions = 64 }
                tokenizer = tokenizer/tokenizer.json
                device = cpu
                data { train = [ { path = text.txt } ], sequence-length = 32 }
                batch-size = 2, steps = 2, learning-rate.warmup-steps = 1
                """);
    }

    @Test
    void aFolderWithSomethingInItIsLeftAlone() throws IOException {
        Path out = Files.createDirectory(folder.resolve("out"));
        for (String name : new String[] {"config.json", "thesis.txt", "model-00001-of-00002.safetensors"}) {
            Path file = Files.writeString(out.resolve(name), "do not lose this");
            Cli result = Cli.run("pretrain", config, "--out", out);
            assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
            assertThat(result.err()).contains("already holds " + name, "--out").doesNotContain("\tat ");
            assertThat(file).hasContent("do not lose this");
            Files.delete(file);
        }
        Cli result = Cli.run("pretrain", config, "--out", folder.resolve("text.txt"));
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).contains("is a file");
    }

    @Test
    void aModelMayJoinItsTokenizerButNoOtherModel() throws IOException {
        Path out = folder.resolve("tokenizer");
        Files.writeString(out.resolve("README.md"), "of the tokenizer");
        Files.writeString(out.resolve(".config.json.01234567-89ab-cdef-0123-456789abcdef.tmp"), "{");
        Path other = Files.writeString(out.resolve("config.json"), "{}");
        Cli refused = Cli.run("pretrain", config, "--out", out);
        assertThat(refused.code()).as(refused.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(other).hasContent("{}");
        Files.delete(other);
        Cli joined = Cli.run("pretrain", config, "--out", out);
        assertThat(joined.code()).as(joined.err()).isZero();
        assertThat(out.toFile().list())
                .containsExactlyInAnyOrder("README.md", "tokenizer.json", "config.json", "model.safetensors");
    }
}
