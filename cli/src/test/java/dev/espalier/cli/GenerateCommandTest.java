package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
    @TempDir
    Path folder;

    @BeforeEach
    void prepare() throws IOException {
        TinyModel.in(folder);
    }

    @Test
    void aPromptIsContinued() {
        Cli result = Cli.run("generate", folder, "--prompt", "The cat", "--tokens", 4, "--device", "cpu");
        assertThat(result.code()).as(result.err()).isZero();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aModelThatDoesNotFitIntoMemoryIsAWrongInput() throws IOException {
        LargeModel.in(folder);
        Cli result = Cli.run("generate", folder, "--prompt", "The cat", "--device", "cpu");
        assertThat(result.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err())
                .contains(folder.toString(), "GiB of memory, and only")
                .doesNotContain("\tat ");
    }
}
