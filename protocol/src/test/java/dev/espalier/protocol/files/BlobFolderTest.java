package dev.espalier.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.BlobRef;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobFolderTest {
    @TempDir
    Path directory;

    private BlobFolder blobs;

    @BeforeEach
    void open() {
        blobs = new BlobFolder(directory.resolve("blobs"));
    }

    @Test
    void aBlobIsFoundByTheHashOfItsContent() throws IOException {
        BlobRef blob = put("espalier");
        assertThat(blob.sha256()).isEqualTo(Sha256.of("espalier".getBytes(StandardCharsets.UTF_8)));
        assertThat(blobs.verify(blob))
                .hasContent("espalier")
                .isEqualTo(directory
                        .resolve("blobs")
                        .resolve(blob.sha256().substring(0, 2))
                        .resolve(blob.sha256()));
    }

    @Test
    void aFileIsCopiedIn() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "content");
        assertThat(blobs.path(blobs.put(file))).hasContent("content");
        assertThat(file).exists();
    }

    @Test
    void theSameContentIsStoredOnce() throws IOException {
        assertThat(put("twice")).isEqualTo(put("twice"));
        try (var files = Files.walk(directory.resolve("blobs"))) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(1);
        }
    }

    @Test
    void aFailedWriteLeavesNothingBehind() throws IOException {
        assertThatThrownBy(() -> blobs.put(temporary -> {
                    Files.writeString(temporary, "half");
                    throw new IOException("no space left");
                }))
                .hasMessage("no space left");
        try (var files = Files.walk(directory.resolve("blobs"))) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void aMissingBlobIsSaidToBeMissing() throws IOException {
        BlobRef absent = new BlobRef("ab".repeat(32), 3);
        assertThat(blobs.holds(absent)).isFalse();
        assertThatThrownBy(() -> blobs.path(absent)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aTruncatedBlobIsRefusedByItsLength() throws IOException {
        BlobRef blob = put("whole");
        Files.writeString(blobs.path(blob), "who");
        assertThatThrownBy(() -> blobs.path(blob)).hasMessageContaining("3 bytes long instead of 5");
    }

    @Test
    void aDamagedBlobIsFoundByVerifying() throws IOException {
        BlobRef blob = put("whole");
        Files.writeString(blobs.path(blob), "whale");
        assertThatThrownBy(() -> blobs.verify(blob)).hasMessageContaining("damaged");
    }

    @Test
    void puttingTheContentAgainRepairsADamagedBlob() throws IOException {
        BlobRef blob = put("whole");
        Files.writeString(blobs.path(blob), "whale");
        put("whole");
        assertThat(blobs.verify(blob)).hasContent("whole");
    }

    @Test
    void aDeletedBlobIsGoneAndDeletingItAgainIsNoError() throws IOException {
        BlobRef blob = put("old");
        blobs.delete(blob);
        blobs.delete(blob);
        assertThat(blobs.holds(blob)).isFalse();
    }

    @Test
    void retainDeletesAllOthersAndWhatInterruptedWritesLeft() throws IOException {
        BlobRef kept = put("kept");
        BlobRef dropped = put("dropped");
        Files.writeString(directory.resolve("blobs/.incoming1.tmp"), "half");
        blobs.retain(List.of(kept));
        assertThat(blobs.holds(kept)).isTrue();
        assertThat(blobs.holds(dropped)).isFalse();
        assertThat(directory.resolve("blobs/.incoming1.tmp")).doesNotExist();
    }

    private BlobRef put(String content) throws IOException {
        return blobs.put(temporary -> Files.writeString(temporary, content));
    }
}
