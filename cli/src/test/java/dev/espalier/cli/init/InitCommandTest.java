package dev.espalier.cli.init;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.cli.Cli;
import dev.espalier.cli.TinyRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitCommandTest {
    @TempDir
    Path folder;

    private Path config;

    @BeforeEach
    void aModelAndATextOfFiftyThousandTokens() throws IOException {
        TinyRun.in(folder);
        Files.writeString(folder.resolve("long text.txt"), "The cat sat on the mat.\n".repeat(8000));
        config = folder.resolve("mine.conf");
    }

    private Cli init(Object... more) {
        Object[] arguments = new Object[5 + more.length];
        arguments[0] = "init";
        arguments[1] = folder.resolve("model");
        arguments[2] = folder.resolve("long text.txt");
        arguments[3] = "--out";
        arguments[4] = config;
        System.arraycopy(more, 0, arguments, 5, more.length);
        return Cli.run(arguments);
    }

    @Test
    void whatItWritesIsAcceptedAndRuns() {
        Cli written = init("--held-out", folder.resolve("text.txt"), "--sparsity", "0.3");
        assertThat(written.err()).isEmpty();
        assertThat(written.code()).isZero();
        assertThat(written.out()).contains("espalier prune " + config).contains("30.0 %");

        Path out = folder.resolve("out");
        Cli pruned = Cli.run(
                "prune",
                config,
                "--out",
                out,
                "--port",
                "none",
                "--set",
                "stages=[prune,export]",
                "--set",
                "prune.steps=2",
                "--set",
                "prune.initialise-from=none",
                "--set",
                "prune.refit=false");
        assertThat(pruned.code()).as(pruned.err()).isZero();
        assertThat(out.resolve("export/hf/model.safetensors")).isRegularFile();
    }

    @Test
    void aFileThatIsThereIsNeverWrittenOver() throws IOException {
        Files.writeString(config, "mine");
        Cli refused = init();
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("mine.conf is there already", "--out");
        assertThat(config).hasContent("mine");
    }

    @Test
    void whatValidateRefusesIsRefusedInItsWordsAndLeavesNothing() throws IOException {
        Files.delete(folder.resolve("model/tokenizer.json"));
        Cli refused = init();
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("has no tokenizer.json");
        assertThat(config).doesNotExist();
    }

    @Test
    void aShareThatFfnChannelsAloneCannotReachIsAnswered() {
        for (String share : new String[] {"0.8", "0.95"}) {
            Cli answered = init("--sparsity", share);
            assertThat(answered.code()).as(answered.err()).isIn(0, 2);
            assertThat(answered.err()).doesNotContain("negative");
        }
    }

    @Test
    void aHeldOutTextThatWouldBeLearntFromIsRefused() throws IOException {
        Path held = folder.resolve("long text.txt");
        Cli refused = init("--held-out", held);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("--held-out " + held, "would be learnt from", "move it");
        assertThat(config).doesNotExist();
        Path data = Files.createDirectory(folder.resolve("data"));
        Files.copy(held, data.resolve("a.txt"));
        Path other = Files.copy(held, data.resolve("other.txt"));
        Cli within =
                Cli.run("init", folder.resolve("model"), data, "--held-out", other, "--out", folder.resolve("b.conf"));
        assertThat(within.code()).isEqualTo(2);
        assertThat(within.err()).contains("other.txt is among the files of " + data);
    }

    @Test
    void aShareThatIsNoneAndATextThatIsNotThere() {
        assertThat(init("--sparsity", "1.5").err()).contains("--sparsity 1.5", "at most 0.95");
        Cli nowhere = Cli.run("init", folder.resolve("model"), folder.resolve("nowhere.txt"), "--out", config);
        assertThat(nowhere.code()).isEqualTo(2);
        assertThat(nowhere.err()).contains("nowhere.txt");
        assertThat(config).doesNotExist();
    }
}
