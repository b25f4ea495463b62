package dev.espalier.coordinator.blobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.blobs.Refusal.Reason;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.PartialBlob;
import dev.espalier.protocol.files.Sha256;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes over the wire, byte by byte where an ordinary client would not. */
class BlobRoutesTest {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final byte[] CONTENT = new byte[300_000];

    static {
        new Random(7).nextBytes(CONTENT);
    }

    private static final BlobRef BLOB = new BlobRef(Sha256.of(CONTENT), CONTENT.length);

    @TempDir
    Path folder;

    private BlobServer server;

    @BeforeEach
    void start() throws Exception {
        server = new BlobServer(folder, Optional.empty(), Duration.ofSeconds(60));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aBlobThatIsPutCanBeHadWholeOrInPart() throws Exception {
        HttpResponse<byte[]> put = send(to(BLOB).PUT(BodyPublishers.ofByteArray(CONTENT)));
        assertThat(put.statusCode()).isEqualTo(201);
        assertThat(server.storedBytes()).isEqualTo(CONTENT.length);
        assertThat(server.blobs().verify(BLOB)).exists();
        assertThat(server.files()).hasSize(1);

        HttpResponse<byte[]> whole = send(to(BLOB).GET());
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(CONTENT);
        assertThat(whole.headers().firstValue("ETag")).contains("\"" + BLOB.sha256() + "\"");
        assertThat(whole.headers().firstValue("Accept-Ranges")).contains("bytes");

        HttpResponse<byte[]> part =
                send(to(BLOB).header("Range", "bytes=1000-1999").GET());
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(CONTENT, 1000, 2000));
        assertThat(part.headers().firstValue("Content-Range")).contains("bytes 1000-1999/300000");

        HttpResponse<byte[]> rest =
                send(to(BLOB).header("Range", "bytes=299999-").GET());
        assertThat(rest.body()).isEqualTo(Arrays.copyOfRange(CONTENT, 299_999, 300_000));
        assertThat(send(to(BLOB).header("If-None-Match", "\"" + BLOB.sha256() + "\"")
                                .GET())
                        .statusCode())
                .isEqualTo(304);
        HttpResponse<byte[]> head = send(to(BLOB).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(CONTENT.length);
        assertThat(server.refusedNothingElse()).isTrue();
    }

    @Test
    void anEmptyBlobIsABlob() throws Exception {
        BlobRef empty = new BlobRef(Sha256.of(new byte[0]), 0);
        assertThat(send(to(empty).PUT(BodyPublishers.noBody())).statusCode()).isEqualTo(201);
        assertThat(send(to(empty).GET()).body()).isEmpty();
    }

    @Test
    void aRangeBeyondTheEndIsNotSatisfiable() throws Exception {
        server.blobs().put(file -> Files.write(file, CONTENT));
        refused(send(to(BLOB).header("Range", "bytes=300000-").GET()), 416, Reason.WRONG_RANGE);
    }

    @Test
    void anUploadThatBrokeOffGoesOnWhereItStopped() throws Exception {
        Socket broken = connect();
        OutputStream out = broken.getOutputStream();
        out.write(putHead(BLOB, "Content-Length: " + CONTENT.length));
        out.write(CONTENT, 0, 100_000);
        broken.shutdownOutput();
        assertThat(server.refusal()).isEqualTo(Reason.TRUNCATED);
        broken.close();
        assertThat(server.blobs().find(BLOB.sha256())).isEmpty();

        HttpResponse<byte[]> head = send(to(BLOB).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(404);
        long offset = head.headers().firstValueAsLong("Upload-Offset").orElseThrow();
        assertThat(offset).isBetween(1L, 100_000L);
        assertThat(head.headers().firstValue("Upload-Limit")).contains("max-size=" + BlobServer.MAX_BYTES);

        refused(rest((int) offset + 1), 409, Reason.WRONG_OFFSET);
        assertThat(rest((int) offset).statusCode()).isEqualTo(201);
        assertThat(Files.readAllBytes(server.blobs().verify(BLOB))).isEqualTo(CONTENT);
        assertThat(server.files()).hasSize(1);
    }

    @Test
    void anUploadThatStallsIsGivenUpButNotItsPart(@TempDir Path other) throws Exception {
        try (BlobServer impatient = new BlobServer(other, Optional.empty(), Duration.ofMillis(200));
                Socket stalled = new Socket(InetAddress.getLoopbackAddress(), impatient.port())) {
            stalled.getOutputStream().write(putHead(BLOB, "Content-Length: " + CONTENT.length));
            stalled.getOutputStream().write(CONTENT, 0, 50_000);
            assertThat(impatient.refusal()).isEqualTo(Reason.TRUNCATED);
            assertThat(impatient.blobs().received(BLOB.sha256())).isEqualTo(50_000);
        }
    }

    @Test
    void aBodyShorterThanAnnouncedStoresNoBlob() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(putHead(BLOB, "Content-Length: " + CONTENT.length));
            socket.getOutputStream().write(CONTENT, 0, CONTENT.length - 1);
        }
        assertThat(server.refusal()).isEqualTo(Reason.TRUNCATED);
        refused(send(to(BLOB).GET()), 404, Reason.UNKNOWN_BLOB);
        assertThat(server.storedBytes()).isZero();
    }

    @Test
    void contentOfAnotherHashIsRefusedAndNothingStored() throws Exception {
        byte[] other = CONTENT.clone();
        other[CONTENT.length / 2] ^= 1;
        refused(send(to(BLOB).PUT(BodyPublishers.ofByteArray(other))), 422, Reason.WRONG_HASH);
        assertThat(server.files()).isEmpty();
    }

    @Test
    void aBlobLargerThanTheLimitIsRefusedBeforeItIsReceived() throws Exception {
        BlobRef large = new BlobRef("ab".repeat(32), BlobServer.MAX_BYTES + 1);
        refused(send(to(large).PUT(BodyPublishers.ofByteArray(new byte[(int) large.bytes()]))), 413, Reason.TOO_LARGE);
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(putHead(large, "Content-Length: 9000000000000000000", "Expect: 100-continue"));
            assertThat(firstLine(socket)).contains(" 413 ");
            assertThat(server.refusal()).isEqualTo(Reason.TOO_LARGE);
        }
        assertThat(server.files()).isEmpty();
    }

    @Test
    void aBodyOfUnknownLengthIsRefused() throws Exception {
        HttpRequest.Builder chunked =
                to(BLOB).PUT(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(CONTENT)));
        refused(send(chunked), 411, Reason.NO_LENGTH);
        assertThat(server.files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes 0-9/300000",
                "bytes 10-5/300000",
                "bytes 0-299999/*",
                "bytes 1-299999/300000",
                "bytes 99999999999999999999-299999/300000",
                "pages 0-299999/300000"
            })
    void aContentRangeThatDoesNotFitItsBodyIsRefused(String range) throws Exception {
        HttpResponse<byte[]> response = raw(
                putHead(BLOB, "Content-Length: " + CONTENT.length, "Content-Range: " + range, "Expect: 100-continue"));
        refused(response, 400, Reason.WRONG_CONTENT_RANGE);
        assertThat(server.files()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/blobs/%2e%2e%2f%2e%2e%2fetc/HASH, 400",
        "/blobs//etc/HASH, 404",
        "/blobs/%2Fetc/HASH, 400",
        "/blobs/run-1%00/HASH, 400",
        "/blobs/run-1%0d%0aX/HASH, 400",
        "/blobs/run-1/..%2f..%2frun.conf, 400",
        "/blobs/run-1/run.conf, 400",
        "/blobs/run-1/blobs/HASH, 400",
        "/blobs/.run-1/HASH, 400",
        "/blobs/run-1, 400",
        "/blobs, 400",
        "/blobs/run-2/HASH, 404",
    })
    void namesThatAreNotAKnownRunsAndAHashesAreRefused(String path, int status) throws Exception {
        Files.writeString(folder.resolve("run.conf"), "secret");
        for (String method : List.of("GET", "PUT")) {
            String head = method + " " + path.replace("HASH", BLOB.sha256())
                    + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            HttpResponse<byte[]> response = raw(head.getBytes(StandardCharsets.US_ASCII));
            refused(response, status, status == 404 ? Reason.UNKNOWN_RUN : Reason.WRONG_NAME);
        }
        assertThat(server.files()).containsExactly(folder.resolve("run.conf"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/blobs/%2e%2e/HASH",
                "/blobs/../HASH",
                "/blobs/../../etc/passwd",
                "/blobs/run-1/../run.conf/../../x"
            })
    void dotsAreResolvedBeforeAnybodyLooksAtThePath(String path) throws Exception {
        Files.writeString(folder.resolve("run.conf"), "secret");
        for (String method : List.of("GET", "PUT")) {
            String head = method + " " + path.replace("HASH", BLOB.sha256())
                    + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            assertThat(raw(head.getBytes(StandardCharsets.US_ASCII)).statusCode())
                    .isEqualTo(404);
        }
        assertThat(server.files()).containsExactly(folder.resolve("run.conf"));
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 1000, 100_000})
    void longNamesAreRefused(int length) throws Exception {
        String head = "PUT /blobs/" + "a".repeat(length) + "/" + BLOB.sha256()
                + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assertThat(raw(head.getBytes(StandardCharsets.US_ASCII)).statusCode()).isIn(400, 414);
        assertThat(server.files()).isEmpty();
    }

    @Test
    void otherMethodsAreRefused() throws Exception {
        refused(send(to(BLOB).DELETE()), 405, Reason.WRONG_METHOD);
        refused(send(to(BLOB).POST(BodyPublishers.ofString("x"))), 405, Reason.WRONG_METHOD);
    }

    @Test
    void withoutTheRightTokenNothingIsToldAndNothingStored(@TempDir Path other) throws Exception {
        String secret = "0123456789abcdef";
        try (BlobServer guarded = new BlobServer(other, Optional.of(secret), Duration.ofSeconds(60))) {
            guarded.blobs().put(file -> Files.write(file, CONTENT));
            byte[] more = "more".getBytes(StandardCharsets.UTF_8);
            for (String authorization : List.of("", "Bearer 0123456789abcdeg", "Bearer", "Basic " + secret, secret)) {
                for (String run : List.of(BlobServer.RUN, "no-such-run")) {
                    HttpRequest.Builder get =
                            HttpRequest.newBuilder(guarded.uri("/blobs/" + run + "/" + BLOB.sha256()));
                    HttpRequest.Builder put = HttpRequest.newBuilder(
                                    guarded.uri("/blobs/" + run + "/" + Sha256.of(more)))
                            .PUT(BodyPublishers.ofByteArray(more));
                    for (HttpRequest.Builder request : List.of(get, put)) {
                        if (!authorization.isEmpty()) {
                            request.header("Authorization", authorization);
                        }
                        HttpResponse<byte[]> response = send(request);
                        assertThat(response.statusCode()).isEqualTo(401);
                        assertThat(response.headers().firstValue("WWW-Authenticate"))
                                .contains("Bearer");
                        assertThat(guarded.refusal()).isEqualTo(Reason.UNAUTHORISED);
                    }
                }
            }
            assertThat(guarded.files()).hasSize(1);
            HttpRequest.Builder right = HttpRequest.newBuilder(
                            guarded.uri("/blobs/" + BlobServer.RUN + "/" + BLOB.sha256()))
                    .header("Authorization", "Bearer " + secret);
            assertThat(send(right).body()).isEqualTo(CONTENT);
        }
    }

    @Test
    void theSameBlobFromSeveralSendersAtOnceIsStoredOnce() throws Exception {
        List<CompletableFuture<HttpResponse<byte[]>>> puts = Stream.generate(() -> CLIENT.sendAsync(
                        to(BLOB).PUT(BodyPublishers.ofByteArray(CONTENT)).build(), BodyHandlers.ofByteArray()))
                .limit(8)
                .toList();
        for (CompletableFuture<HttpResponse<byte[]>> put : puts) {
            assertThat(put.get().statusCode()).isIn(200, 201, 409);
        }
        assertThat(Files.readAllBytes(server.blobs().verify(BLOB))).isEqualTo(CONTENT);
        assertThat(server.files()).hasSize(1);
        assertThat(server.storedBytes()).isEqualTo(CONTENT.length);
    }

    @Test
    void whileOneUploadGoesOnAnotherOfTheSameBlobIsToldToWait() throws Exception {
        try (PartialBlob first = server.blobs().receive(BLOB)) {
            first.write(ByteBuffer.wrap(CONTENT, 0, 1000));
            refused(send(to(BLOB).PUT(BodyPublishers.ofByteArray(CONTENT))), 409, Reason.BUSY);
        }
        assertThat(send(to(BLOB).PUT(BodyPublishers.ofByteArray(CONTENT))).statusCode())
                .isEqualTo(201);
    }

    @Test
    void askingForAnUnreferencedBlobKeepsItAWhileLonger() throws Exception {
        BlobRef blob = server.blobs().put(file -> Files.write(file, CONTENT));
        for (HttpRequest.Builder asking : List.of(
                to(blob).method("HEAD", BodyPublishers.noBody()), to(blob).PUT(BodyPublishers.ofByteArray(CONTENT)))) {
            Files.setLastModifiedTime(
                    server.blobs().path(blob), FileTime.from(Instant.now().minusSeconds(1000)));
            assertThat(send(asking).statusCode()).isEqualTo(200);
            server.blobs().retain(List.of(), Instant.now().minusSeconds(500));
            assertThat(server.blobs().holds(blob)).isTrue();
        }
    }

    private HttpResponse<byte[]> rest(int offset) throws Exception {
        return send(
                to(BLOB).header("Content-Range", "bytes " + offset + "-" + (CONTENT.length - 1) + "/" + CONTENT.length)
                        .PUT(BodyPublishers.ofByteArray(CONTENT, offset, CONTENT.length - offset)));
    }

    private HttpRequest.Builder to(BlobRef blob) {
        return HttpRequest.newBuilder(server.uri("/blobs/" + BlobServer.RUN + "/" + blob.sha256()));
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    }

    private void refused(HttpResponse<byte[]> response, int status, Reason reason) throws Exception {
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(status);
        JsonNode problem = new ObjectMapper().readTree(response.body());
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("type").asText()).isEqualTo("urn:espalier:problem:" + reason.word());
        assertThat(problem.get("detail").asText()).isNotBlank();
        assertThat(server.refusal()).isEqualTo(reason);
        assertThat(server.refusedNothingElse()).isTrue();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(60_000);
        return socket;
    }

    private static byte[] putHead(BlobRef blob, String... headers) {
        return ("PUT /blobs/" + BlobServer.RUN + "/" + blob.sha256() + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                        + String.join("\r\n", headers) + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static String firstLine(Socket socket) throws IOException {
        byte[] start = socket.getInputStream().readNBytes(40);
        return new String(start, StandardCharsets.US_ASCII);
    }

    /** Sends bytes as they are, and reads the one answer until the server closes. */
    private HttpResponse<byte[]> raw(byte[] request) throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request);
            return RawResponse.parse(socket.getInputStream().readAllBytes());
        }
    }
}
