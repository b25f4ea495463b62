package dev.espalier.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.BlobRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartialBlobTest {
    private static final byte[] CONTENT = "the whole content".getBytes(StandardCharsets.UTF_8);
    private static final BlobRef BLOB = new BlobRef(Sha256.of(CONTENT), CONTENT.length);

    @TempDir
    Path directory;

    @Test
    void aPartGoesOnWhereItStoppedAndIsInvisibleUntilItIsWhole() throws IOException {
        BlobFolder blobs = new BlobFolder(directory);
        try (PartialBlob first = blobs.receive(BLOB)) {
            first.write(ByteBuffer.wrap(CONTENT, 0, 7));
        }
        assertThat(blobs.find(BLOB.sha256())).isEmpty();
        assertThat(blobs.received(BLOB.sha256())).isEqualTo(7);
        try (PartialBlob second = blobs.receive(BLOB)) {
            assertThat(second.received()).isEqualTo(7);
            second.write(ByteBuffer.wrap(CONTENT, 7, CONTENT.length - 7));
            assertThat(second.publish()).hasBinaryContent(CONTENT);
        }
        assertThat(blobs.find(BLOB.sha256())).contains(BLOB);
        assertThat(blobs.received(BLOB.sha256())).isZero();
    }

    @Test
    void aSenderThatKnowsOfLessThanHasArrivedGoesOnFromThere() throws IOException {
        BlobFolder blobs = new BlobFolder(directory);
        try (PartialBlob first = blobs.receive(BLOB)) {
            first.write(ByteBuffer.wrap(CONTENT, 0, 7));
        }
        try (PartialBlob second = blobs.receive(BLOB, 4)) {
            assertThat(second.received()).isEqualTo(4);
            second.write(ByteBuffer.wrap(CONTENT, 4, CONTENT.length - 4));
            assertThat(second.publish()).hasBinaryContent(CONTENT);
        }
    }

    @Test
    void onlyOneTransferMayWriteAtATime() throws IOException {
        BlobFolder blobs = new BlobFolder(directory);
        try (PartialBlob first = blobs.receive(BLOB)) {
            assertThatThrownBy(() -> new BlobFolder(directory).receive(BLOB)).isInstanceOf(BlobBusyException.class);
            first.write(ByteBuffer.wrap(CONTENT));
            first.publish();
        }
        assertThat(blobs.verify(BLOB)).hasBinaryContent(CONTENT);
    }

    @Test
    void contentOfAnotherHashIsDeleted() throws IOException {
        BlobFolder blobs = new BlobFolder(directory);
        try (PartialBlob partial = blobs.receive(BLOB)) {
            partial.write(ByteBuffer.wrap(new byte[CONTENT.length]));
            assertThatThrownBy(partial::publish).isInstanceOf(DamagedBlobException.class);
        }
        try (var files = Files.walk(directory)) {
            assertThat(files.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @Test
    void moreBytesThanTheBlobHasAreRefused() throws IOException {
        try (PartialBlob partial = new BlobFolder(directory).receive(BLOB)) {
            partial.write(ByteBuffer.wrap(CONTENT));
            assertThatThrownBy(() -> partial.write(ByteBuffer.wrap(new byte[1])))
                    .isInstanceOf(DamagedBlobException.class);
            assertThat(partial.received()).isZero();
        }
    }

    @Test
    void anEndBeforeTheEndIsNoBlob() throws IOException {
        BlobFolder blobs = new BlobFolder(directory);
        try (PartialBlob partial = blobs.receive(BLOB)) {
            partial.write(ByteBuffer.wrap(CONTENT, 0, 5));
            assertThatThrownBy(partial::publish).hasMessageContaining("ended after 5 of 17 bytes");
        }
        assertThat(blobs.find(BLOB.sha256())).isEmpty();
    }

    @Test
    void anEmptyBlobIsABlob() throws IOException {
        BlobRef empty = new BlobRef(Sha256.of(new byte[0]), 0);
        BlobFolder blobs = new BlobFolder(directory);
        try (PartialBlob partial = blobs.receive(empty)) {
            partial.publish();
        }
        assertThat(blobs.verify(empty)).isEmptyFile();
    }

    @Property(tries = 50)
    void howeverABlobIsCutIntoTransfersAndPiecesItArrives(
            @ForAll @IntRange(max = 5000) int length,
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 700) int piece)
            throws IOException {
        Random random = new Random(seed);
        byte[] content = new byte[length];
        random.nextBytes(content);
        BlobRef blob = new BlobRef(Sha256.of(content), length);
        BlobFolder blobs = new BlobFolder(scratch());
        boolean published = false;
        while (!published) {
            try (PartialBlob partial = blobs.receive(blob)) {
                while (partial.received() < length && random.nextInt(4) > 0) {
                    int from = (int) partial.received();
                    partial.write(ByteBuffer.wrap(content, from, Math.min(piece, length - from)));
                }
                if (partial.received() == length) {
                    partial.publish();
                    published = true;
                }
            }
        }
        assertThat(Arrays.equals(Files.readAllBytes(blobs.verify(blob)), content))
                .isTrue();
    }

    /** jqwik knows no temporary folders; build folders are as good. */
    private static Path scratch() {
        return Path.of("target", "partial-blobs");
    }
}
