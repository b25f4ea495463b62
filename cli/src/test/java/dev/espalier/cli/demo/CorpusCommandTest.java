package dev.espalier.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CorpusCommandTest {
    @TempDir
    Path folder;

    private final StringWriter printed = new StringWriter();

    @Test
    void theCorpusAndItsTokenizerAreWritten() {
        assertThat(run("--out", folder.resolve("new").toString())).isZero();
        assertThat(folder.resolve("new/train/stories.jsonl")).isNotEmptyFile();
        assertThat(folder.resolve("new/valid/lists.txt")).isNotEmptyFile();
        assertThat(folder.resolve("new/choices.jsonl")).isNotEmptyFile();
        assertThat(folder.resolve("new/tokenizer/tokenizer.json")).isNotEmptyFile();
        assertThat(printed.toString()).contains("4 domains of 5 documents", "300 tokens");
    }

    @Test
    void theSameCommandAgainFinishesWhatIsMissing() throws IOException {
        run("--out", folder.toString());
        Path stories = folder.resolve("train/stories.jsonl");
        byte[] first = Files.readAllBytes(stories);
        Files.delete(stories);
        assertThat(run("--out", folder.toString())).isZero();
        assertThat(stories).hasBinaryContent(first);
    }

    @Test
    void anotherCorpusIsNotOverwritten() {
        run("--out", folder.toString());
        assertThatThrownBy(() -> run("--out", folder.toString(), "--seed", "8"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("--out");
    }

    @Test
    void somebodyElsesFolderIsLeftAlone() throws IOException {
        Files.writeString(folder.resolve("thesis.txt"), "do not lose this");
        assertThatThrownBy(() -> run("--out", folder.toString())).isInstanceOf(UserError.class);
        assertThat(folder.toFile().list()).containsExactly("thesis.txt");
    }

    @Test
    void aFileIsNoFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> run("--out", file.toString()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is a file");
    }

    @Test
    void sizesOutOfRangeAreToldWithTheRange() {
        assertThatThrownBy(() -> run("--out", folder.toString(), "--vocabulary", "100"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("257");
        assertThatThrownBy(() -> run("--out", folder.toString(), "--documents", "0"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--documents");
    }

    /** With small sizes, unless the arguments give others. */
    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("--documents", "5", "--vocabulary", "300"));
        all.addAll(List.of(arguments));
        CommandLine line = new CommandLine(new CorpusCommand())
                .setOverwrittenOptionsAllowed(true)
                .setOut(new PrintWriter(printed));
        line.parseArgs(all.toArray(new String[0]));
        CorpusCommand command = line.getCommand();
        return command.call();
    }
}
