package dev.espalier.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.BlobRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
        Path leftover = Files.writeString(directory.resolve("blobs/.incoming1.tmp"), "half");
        blobs.retain(List.of(kept), Instant.MAX);
        assertThat(blobs.holds(kept)).isTrue();
        assertThat(blobs.holds(dropped)).isFalse();
        assertThat(leftover).doesNotExist();
        assertThat(files()).hasSize(1);
    }

    @Test
    void retainSparesWhatIsYoungerThanTheLimit() throws IOException {
        BlobRef old = put("old");
        BlobRef renewed = put("renewed");
        Path leftover = Files.writeString(directory.resolve("blobs/.incoming1.tmp"), "half");
        FileTime longAgo = FileTime.from(Instant.now().minusSeconds(100));
        Files.setLastModifiedTime(blobs.path(old), longAgo);
        Files.setLastModifiedTime(blobs.path(renewed), longAgo);
        assertThat(blobs.renew(renewed)).isTrue();
        blobs.retain(List.of(), Instant.now().minusSeconds(50));
        assertThat(blobs.holds(old)).isFalse();
        assertThat(blobs.renew(old)).isFalse();
        assertThat(blobs.holds(renewed)).isTrue();
        assertThat(leftover).exists();
    }

    @Test
    void retainNeverTakesThePartOfATransferThatGoesOn() throws IOException {
        byte[] content = "in two pieces".getBytes(StandardCharsets.UTF_8);
        BlobRef blob = new BlobRef(Sha256.of(content), content.length);
        try (PartialBlob partial = blobs.receive(blob)) {
            partial.write(ByteBuffer.wrap(content, 0, 5));
            blobs.retain(List.of(), Instant.MAX);
            partial.write(ByteBuffer.wrap(content, 5, content.length - 5));
            partial.publish();
        }
        assertThat(blobs.verify(blob)).hasContent("in two pieces");
    }

    @Test
    void retainTakesThePartOfATransferThatBrokeOff() throws IOException {
        BlobRef blob = new BlobRef("ab".repeat(32), 10);
        try (PartialBlob partial = blobs.receive(blob)) {
            partial.write(ByteBuffer.wrap(new byte[5]));
        }
        assertThat(blobs.received(blob.sha256())).isEqualTo(5);
        blobs.retain(List.of(), Instant.MAX);
        assertThat(blobs.received(blob.sha256())).isZero();
        assertThat(files()).isEmpty();
    }

    @Test
    void blobsPutWhileOthersAreDroppedAreNeverLost() throws Exception {
        Callable<Void> dropping = () -> {
            for (int i = 0; i < 300; i++) {
                blobs.retain(List.of(), Instant.now().minusSeconds(50));
            }
            return null;
        };
        ExecutorService background = Executors.newSingleThreadExecutor();
        try {
            Future<Void> dropped = background.submit(dropping);
            while (!dropped.isDone()) {
                BlobRef blob = put("contended");
                assertThat(blobs.renew(blob)).isTrue();
            }
            dropped.get();
        } finally {
            background.shutdownNow();
        }
        assertThat(blobs.holds(put("contended"))).isTrue();
    }

    @Test
    void aLinkedBlobCostsNoSecondCopy() throws IOException {
        Path file = Files.writeString(directory.resolve("model.safetensors"), "weights");
        BlobRef blob = new BlobRef(Sha256.of(file), Files.size(file));
        blobs.link(blob, file);
        assertThat(blobs.verify(blob)).hasContent("weights");
        assertThat(Files.getAttribute(file, "unix:nlink")).isEqualTo(2);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(directory.resolve("blobs"))) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private BlobRef put(String content) throws IOException {
        return blobs.put(temporary -> Files.writeString(temporary, content));
    }
}
