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
        // Behind what is looked at before a run starts.
        Path text = folder.resolve("text.jsonl");
        String whole = "{\"text\": \"The cat sat on the mat.\"}\n".repeat(3000);
        Files.writeString(text, whole + "{\"text\": 7}\n");
        String set = "data.train=[\"" + text + "\"]";

        Cli failed = run.prune("prune.method=obs", set);

        assertThat(failed.code()).as(failed.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(failed.err())
                .contains("stage prune failed", "line 3001", "same command", "espalier.log")
                .doesNotContain("\tat ");
        assertThat(run.out().resolve("report.html")).content().contains("failed");

        Files.writeString(text, whole);
        Cli mended = run.prune("prune.method=obs", set);
        assertThat(mended.code()).as(mended.err()).isZero();
        assertThat(run.manifest().path("state").asText()).isEqualTo("COMPLETED");
    }
}
