package dev.espalier.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
    @TempDir
    Path directory;

    @Test
    void aFileIsWrittenIntoDirectoriesThatAreNotThereYet() throws IOException {
        Path file = directory.resolve("a/b/file.json");
        AtomicFiles.write(file, "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(file).hasContent("{}");
    }

    @Test
    void anExistingFileIsReplaced() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "old and longer");
        AtomicFiles.write(file, "new".getBytes(StandardCharsets.UTF_8));
        assertThat(file).hasContent("new");
    }

    @Test
    void aFailedWriteKeepsTheOldContentAndLeavesNoTemporaryFile() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "old");
        assertThatThrownBy(() -> AtomicFiles.write(file, temporary -> {
                    Files.writeString(temporary, "half");
                    throw new IOException("no space left");
                }))
                .hasMessage("no space left");
        assertThat(file).hasContent("old");
        assertThat(directory).isDirectoryNotContaining("glob:**.tmp");
    }

    @Test
    void whatAKillLeftIsFoundInAllFoldersAndYoungerFilesAndOthersStay() throws IOException {
        Path inner = Files.createDirectory(directory.resolve("export"));
        Path old = AtomicFiles.temporary(directory, "manifest.json");
        Path deep = AtomicFiles.temporary(inner, "model.safetensors");
        Path young = AtomicFiles.temporary(inner, "model.safetensors");
        Path another = Files.createFile(directory.resolve(".notes.tmp"));
        Instant limit = Instant.now().minusSeconds(60);
        for (Path file : List.of(old, deep, another)) {
            Files.setLastModifiedTime(file, FileTime.from(limit.minusSeconds(1)));
        }
        AtomicFiles.dropLeftovers(directory, limit);
        assertThat(List.of(old, deep)).noneMatch(Files::exists);
        assertThat(List.of(young, another)).allMatch(Files::exists);
    }

    @Test
    void aFileHasTheRightsThatAnyNewFileHas() throws IOException {
        Path file = directory.resolve("file");
        AtomicFiles.write(file, "x".getBytes(StandardCharsets.UTF_8));
        Path ordinary = Files.createFile(directory.resolve("ordinary"));
        assertThat(Files.getAttribute(file, "posix:permissions"))
                .isEqualTo(Files.getAttribute(ordinary, "posix:permissions"));
    }

    @Test
    void theHashOfAFileIsTheHashOfItsBytes() throws IOException {
        Path file = Files.writeString(directory.resolve("abc"), "abc");
        assertThat(Sha256.of(file))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
                .isEqualTo(Sha256.of("abc".getBytes(StandardCharsets.UTF_8)));
    }
}
