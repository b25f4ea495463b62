package dev.espalier.cli.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.files.PartialBlob;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.BlobRefused;
import dev.espalier.worker.transfer.TransferSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real client against the real server. */
class BlobClientTest {
    private static final int LENGTH = 5_000_000;

    @TempDir
    Path folder;

    @TempDir
    Path local;

    private DataPlane plane;
    private BlobFolder cache;
    private Path file;
    private BlobRef blob;

    @BeforeEach
    void start() throws Exception {
        plane = new DataPlane(folder);
        cache = new BlobFolder(local.resolve("cache"));
        byte[] content = new byte[LENGTH];
        new Random(3).nextBytes(content);
        file = Files.write(local.resolve("file"), content);
        blob = new BlobRef(Sha256.of(content), LENGTH);
    }

    @AfterEach
    void stop() {
        plane.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100_000})
    void whatIsPutIsFetchedByteForByte(int length) throws IOException {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        Path small = Files.write(local.resolve("small"), content);
        BlobRef ref = new BlobRef(Sha256.of(content), length);
        plane.client().put(DataPlane.RUN, ref, small);
        assertThat(plane.blobs().verify(ref)).hasBinaryContent(content);
        plane.client().fetch(DataPlane.RUN, ref, cache);
        assertThat(cache.verify(ref)).hasBinaryContent(content);
    }

    @Test
    void whatIsThereIsNotTransferredAgain() throws Exception {
        BlobClient client = plane.client();
        client.put(DataPlane.RUN, blob, file);
        client.put(DataPlane.RUN, blob, file);
        client.fetch(DataPlane.RUN, blob, cache);
        client.fetch(DataPlane.RUN, blob, cache);
        assertThat(plane.receivedBytes()).isEqualTo(LENGTH);
        assertThat(plane.nextSentBytes()).isEqualTo(LENGTH);
        assertThat(plane.sentNothingElse()).isTrue();
    }

    @Test
    void aFetchComesToItsEndOverALineThatIsAlwaysCut() throws IOException {
        plane.blobs().put(file);
        try (CuttingProxy proxy = new CuttingProxy(plane.port(), 1_500_000)) {
            DataPlane.clientAt(proxy.port()).fetch(DataPlane.RUN, blob, cache);
            // No connection passes the whole: only who goes on where it stopped comes to the end.
            assertThat(proxy.cuts()).isGreaterThanOrEqualTo(3);
        }
        assertThat(cache.verify(blob)).hasSameBinaryContentAs(file);
        assertThat(onlyBlobsIn(local.resolve("cache"))).isTrue();
    }

    @Test
    void anUploadComesToItsEndOverALineThatIsAlwaysCut() throws IOException {
        try (CuttingProxy proxy = new CuttingProxy(plane.port(), 1_500_000)) {
            DataPlane.clientAt(proxy.port()).put(DataPlane.RUN, blob, file);
            // No connection passes the whole: only who goes on where it stopped comes to the end.
            assertThat(proxy.cuts()).isGreaterThanOrEqualTo(3);
        }
        assertThat(plane.blobs().verify(blob)).hasSameBinaryContentAs(file);
        assertThat(onlyBlobsIn(folder.resolve("blobs"))).isTrue();
    }

    @Test
    void aFetchGoesOnWithThePartThatAKilledWorkerLeft() throws Exception {
        plane.blobs().put(file);
        try (PartialBlob partial = cache.receive(blob)) {
            partial.write(ByteBuffer.wrap(Files.readAllBytes(file), 0, 4_000_000));
        }
        plane.client().fetch(DataPlane.RUN, blob, cache);
        assertThat(cache.verify(blob)).hasSameBinaryContentAs(file);
        assertThat(plane.nextSentBytes()).isEqualTo(LENGTH - 4_000_000);
    }

    @Test
    void aPartThatWasDamagedIsFetchedFromTheBeginning() throws IOException {
        plane.blobs().put(file);
        try (PartialBlob partial = cache.receive(blob)) {
            partial.write(ByteBuffer.wrap(new byte[4_000_000]));
        }
        plane.client().fetch(DataPlane.RUN, blob, cache);
        assertThat(cache.verify(blob)).hasSameBinaryContentAs(file);
    }

    @Test
    void aPartThatWasDamagedOnTheServerIsUploadedFromTheBeginning() throws IOException {
        try (PartialBlob partial = plane.blobs().receive(blob)) {
            partial.write(ByteBuffer.wrap(new byte[4_000_000]));
        }
        plane.client().put(DataPlane.RUN, blob, file);
        assertThat(plane.blobs().verify(blob)).hasSameBinaryContentAs(file);
    }

    @Test
    void aBlobThatIsDamagedOnTheServerNeverCountsAsFetched() throws IOException {
        plane.blobs().put(file);
        byte[] content = Files.readAllBytes(file);
        content[LENGTH / 2] ^= 1;
        Files.write(plane.blobs().path(blob), content);
        TransferSettings thrice =
                new TransferSettings(3, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(60), 1, 1 << 20);
        BlobClient client = DataPlane.client(plane.port(), Optional.of(DataPlane.TOKEN), thrice);
        assertThatThrownBy(() -> client.fetch(DataPlane.RUN, blob, cache))
                .hasMessageContaining("3 times in a row")
                .hasMessageContaining("damaged");
        assertThat(cache.holds(blob)).isFalse();
        assertThat(cache.received(blob.sha256())).isZero();
    }

    @Test
    void aFileThatIsNotWhatItsHashSaysIsNotTaken() throws IOException {
        BlobRef wrong = new BlobRef("ab".repeat(32), LENGTH);
        assertThatThrownBy(() -> plane.client().put(DataPlane.RUN, wrong, file))
                .isInstanceOf(BlobRefused.class)
                .hasMessageContaining("422")
                .hasMessageContaining("damaged");
        assertThat(plane.blobs().find(wrong.sha256())).isEmpty();
    }

    @Test
    void aRefusalIsFinalAndSaysWhy() throws IOException {
        BlobRef missing = new BlobRef("ab".repeat(32), 5);
        assertThatThrownBy(() -> plane.client().fetch(DataPlane.RUN, missing, cache))
                .isInstanceOf(BlobRefused.class)
                .hasMessageContaining("the run has no blob");
        assertThatThrownBy(() -> plane.client().fetch("another-run", blob, cache))
                .isInstanceOf(BlobRefused.class)
                .hasMessageContaining("there is no run another-run");
        assertThatThrownBy(() -> plane.client().put("another-run", blob, file)).isInstanceOf(BlobRefused.class);
        BlobClient stranger = DataPlane.client(plane.port(), Optional.of("not the right token"), DataPlane.patient());
        assertThatThrownBy(() -> stranger.put(DataPlane.RUN, blob, file))
                .isInstanceOf(BlobRefused.class)
                .hasMessageContaining("401");
        assertThat(plane.blobs().find(blob.sha256())).isEmpty();
    }

    @Test
    void aBlobThatIsTooLargeIsNotEvenSent() throws IOException {
        Path large = local.resolve("large");
        try (var channel = Files.newByteChannel(large, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.position(100 << 20).write(ByteBuffer.wrap(new byte[1]));
        }
        assertThatThrownBy(
                        () -> plane.client().put(DataPlane.RUN, new BlobRef("ab".repeat(32), (100 << 20) + 1), large))
                .isInstanceOf(BlobRefused.class)
                .hasMessageContaining("max-bytes");
        assertThat(plane.receivedBytes()).isZero();
    }

    @Test
    void severalWorkersMayBringAndFetchTheSameBlobAtOnce() throws IOException {
        List<CompletableFuture<Void>> puts = Stream.generate(plane::client)
                .limit(4)
                .map(client -> CompletableFuture.runAsync(() -> unchecked(() -> client.put(DataPlane.RUN, blob, file))))
                .toList();
        puts.forEach(CompletableFuture::join);
        assertThat(plane.blobs().verify(blob)).hasSameBinaryContentAs(file);
        BlobClient shared = plane.client();
        List<CompletableFuture<Void>> fetches = Stream.generate(() -> shared)
                .limit(6)
                .map(client ->
                        CompletableFuture.runAsync(() -> unchecked(() -> client.fetch(DataPlane.RUN, blob, cache))))
                .toList();
        fetches.forEach(CompletableFuture::join);
        assertThat(cache.verify(blob)).hasSameBinaryContentAs(file);
    }

    @Test
    void aServerThatSaysNothingIsGivenUp() throws IOException {
        TransferSettings impatient =
                new TransferSettings(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(200), 1, 1 << 20);
        try (ServerSocket silent = new ServerSocket(0)) {
            BlobClient client = DataPlane.client(silent.getLocalPort(), Optional.empty(), impatient);
            assertThatThrownBy(() -> client.fetch(DataPlane.RUN, blob, cache)).hasMessageContaining("nothing moved");
            assertThatThrownBy(() -> client.put(DataPlane.RUN, blob, file)).hasMessageContaining("nothing moved");
        }
    }

    @Test
    void aServerThatSendsMoreThanItSaidIsNotBelieved() throws Exception {
        TransferSettings once =
                new TransferSettings(1, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofSeconds(60), 1, 1 << 20);
        try (ServerSocket liar = new ServerSocket(0)) {
            CompletableFuture<Void> answering = CompletableFuture.runAsync(() -> unchecked(() -> {
                try (Socket socket = liar.accept()) {
                    socket.getInputStream().read();
                    socket.getOutputStream()
                            .write(("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + "x".repeat(100))
                                    .getBytes(StandardCharsets.US_ASCII));
                    socket.getInputStream().readAllBytes();
                }
            }));
            BlobRef small = new BlobRef("ab".repeat(32), 10);
            BlobClient client = DataPlane.client(liar.getLocalPort(), Optional.empty(), once);
            assertThatThrownBy(() -> client.fetch(DataPlane.RUN, small, cache))
                    .hasMessageContaining("more than the 10");
            assertThat(cache.holds(small)).isFalse();
            answering.join();
        }
    }

    private interface Io {
        void run() throws IOException;
    }

    private static void unchecked(Io io) {
        try {
            io.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean onlyBlobsIn(Path blobs) throws IOException {
        try (var files = Files.walk(blobs)) {
            return files.filter(Files::isRegularFile)
                    .allMatch(path -> path.getFileName().toString().matches("[0-9a-f]{64}"));
        }
    }
}
