package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FailedStageTest {
    @TempDir
    Path folder;

    @Test
    void aStageThatFindsItsInputWrongSaysHowToGoOnAndTheSameCommandDoes() throws IOException {
        TinyRun run = TinyRun.in(folder);
        Path text = folder.resolve("text.txt");
        String whole = Files.readString(text);
        String set = "evaluate.perplexity=[]";
        Files.writeString(text, "too short");

        Cli failed = run.prune("prune.method=obs", set);

        assertThat(failed.code()).as(failed.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(failed.err())
                .contains("stage prune failed", "less than one sequence", "same command", "espalier.log")
                .doesNotContain("\tat ");
        assertThat(run.out().resolve("report.html")).content().contains("failed");

        Files.writeString(text, whole);
        Cli mended = run.prune("prune.method=obs", set);
        assertThat(mended.code()).as(mended.err()).isZero();
        assertThat(run.manifest().path("state").asText()).isEqualTo("COMPLETED");
    }
}
