package dev.espalier.coordinator.folder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.state.RunState;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    Path directory;

    @Test
    void halvesOfFilesAreDroppedWhenTheyAreOldAndNobodyWritesAModel() throws IOException {
        Instant now = Instant.now();
        Path old = half("old", now.minus(Duration.ofHours(2)));
        Path young = half("young", now);
        try (RunFolder folder = new RunFolder(directory, true)) {
            Instant limit = now.minus(Duration.ofHours(1));
            Path sent = BlobFolder.in(directory).path(BlobFolder.in(directory).put(young));
            Files.setLastModifiedTime(sent, FileTime.from(now.minus(Duration.ofHours(2))));
            folder.dropOrphans(RunState.NONE, 2, limit, true);
            assertThat(old).as("a shard whose model is still being written").exists();
            assertThat(sent).as("a shard whose model is still being sent").exists();
            folder.dropOrphans(RunState.NONE, 2, limit, false);
            assertThat(old).doesNotExist();
            assertThat(sent).doesNotExist();
            assertThat(young).exists();
        }
    }

    private Path half(String name, Instant touched) throws IOException {
        Path folder = Files.createDirectories(directory.resolve("stages/prune/model"));
        Path file = Files.createFile(folder.resolve("." + name + "." + UUID.randomUUID() + ".tmp"));
        return Files.setLastModifiedTime(file, FileTime.from(touched));
    }
}
