package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubmittedConfigTest {
    private static final String WHOLE =
            """
            run.name = pear
            model.path = /models/pear
            data { train = [ { path = /texts/pear.txt } ], sequence-length = 64 }
            evaluate.perplexity = [/texts/held-out.txt]
            """;

    @TempDir
    Path folder;

    @Test
    void isReadAsAFileWouldBeAndGetsAFolderByItsName() {
        ResolvedRun run = RunConfigReader.submitted(WHOLE, folder);
        assertThat(run.config().model().path()).isEqualTo(Path.of("/models/pear"));
        assertThat(run.directory()).isEqualTo(folder.resolve("pear"));
        assertThat(RunConfigReader.parse(run.text())).isEqualTo(run.config());
    }

    @Test
    void whatALocalReaderResolvedIsReadAsTheSame() throws IOException {
        Path file = Files.writeString(folder.resolve("pear.conf"), WHOLE);
        ResolvedRun local = RunConfigReader.read(file, List.of(), Optional.empty());
        assertThat(RunConfigReader.submitted(local.text(), folder).text()).isEqualTo(local.text());
    }

    @Test
    void allProblemsAreToldAtOnce() {
        assertThatThrownBy(() -> RunConfigReader.submitted(
                        WHOLE + "model.path = pear\nprune.stepps = 3\nrun.name = \"../pear\"", folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("prune.stepps")
                .hasMessageContaining("did you mean prune.steps")
                .hasMessageContaining("model.path = \"pear\"")
                .hasMessageContaining("run.name");
    }

    @Test
    void aNameIsNeeded() {
        assertThatThrownBy(() -> RunConfigReader.submitted(WHOLE.replace("run.name = pear", ""), folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("run.name is missing");
    }

    @Test
    void includesAreRefusedOfWhateverKind() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret.conf"), "seed = 7");
        for (String include : new String[] {
            "\"" + secret + "\"",
            "file(\"" + secret + "\")",
            "required(file(\"" + secret + "\"))",
            "url(\"" + secret.toUri() + "\")",
            "classpath(\"reference.conf\")"
        }) {
            assertThatThrownBy(() -> RunConfigReader.submitted("include " + include + "\n" + WHOLE, folder))
                    .as(include)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("includes nothing");
        }
    }

    @Test
    void theEnvironmentIsOutOfSight() {
        assertThat(System.getenv("PATH")).isNotEmpty();
        assertThatThrownBy(() -> RunConfigReader.submitted(WHOLE + "model.path = ${PATH}", folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("PATH");
    }

    @Test
    void aTextThatIsTooLongIsRefused() {
        assertThatThrownBy(() -> RunConfigReader.submitted(WHOLE + "# " + "x".repeat(1 << 20), folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("longer than");
    }
}
