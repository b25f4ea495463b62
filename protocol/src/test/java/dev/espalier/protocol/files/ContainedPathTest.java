package dev.espalier.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainedPathTest {
    @TempDir
    Path directory;

    @Test
    void aPathOfPlainNamesLiesBelowTheFolderWhetherItExistsOrNot() throws IOException {
        assertThat(ContainedPath.resolve(directory, "stages/prune/model/model-00001-of-00002.safetensors"))
                .isEqualTo(directory.resolve("stages/prune/model/model-00001-of-00002.safetensors"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "/etc/passwd",
                "../other/run.conf",
                "stages/../../other",
                "stages//model",
                "stages/model/",
                "stages/.hidden",
                "stages\\..\\..\\other",
                "C:/windows",
                "stages/a\u0000b",
                "stages/a\nb",
                " "
            })
    void anythingElseIsRefused(String path) {
        assertThatThrownBy(() -> ContainedPath.resolve(directory, path)).isInstanceOf(FileSystemException.class);
    }

    @Test
    void aVeryLongPathIsRefused() {
        assertThatThrownBy(() -> ContainedPath.resolve(directory, "a/".repeat(600) + "a"))
                .isInstanceOf(FileSystemException.class)
                .hasMessageMatching("(?s).{0,250}");
    }

    @Test
    void aSymbolicLinkThatLeadsOutIsRefused() throws IOException {
        Path run = Files.createDirectory(directory.resolve("run"));
        Files.createSymbolicLink(run.resolve("stages"), Files.createDirectory(directory.resolve("elsewhere")));
        assertThatThrownBy(() -> ContainedPath.resolve(run, "stages/model.safetensors"))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("symbolic link");
    }
}
