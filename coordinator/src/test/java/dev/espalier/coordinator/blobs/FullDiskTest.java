package dev.espalier.coordinator.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.coordinator.blobs.Refusal.Reason;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real file system of 512 KiB, where this process may mount one. */
class FullDiskTest {
    private static final int DISK_BYTES = 512 << 10;

    @TempDir
    Path disk;

    private BlobServer server;

    @BeforeEach
    void mount() throws Exception {
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=" + DISK_BYTES, "tmpfs", disk.toString()) == 0,
                "this process may not mount a tmpfs: the full disk is not tested");
        server = new BlobServer(disk, Optional.empty(), Duration.ofSeconds(60));
    }

    @AfterEach
    void unmount() throws Exception {
        if (server != null) {
            server.close();
            assertThat(run("umount", disk.toString())).isZero();
        }
    }

    @Test
    void aBlobThatCannotFitIsRefusedAtOnce() throws Exception {
        byte[] content = new byte[DISK_BYTES + 1];
        try (Socket socket = put(new BlobRef(Sha256.of(content), content.length))) {
            assertThat(status(socket)).isEqualTo("507");
        }
        assertThat(server.refusal()).isEqualTo(Reason.DISK_FULL);
        assertThat(server.files()).isEmpty();
    }

    @Test
    void aDiskThatFillsUpDuringAnUploadEndsItAndGetsItsSpaceBack() throws Exception {
        byte[] content = new byte[DISK_BYTES / 2];
        BlobRef blob = new BlobRef(Sha256.of(content), content.length);
        Path hog = disk.resolve("hog");
        try (Socket socket = put(blob)) {
            assertThat(status(socket)).isEqualTo("100");
            skipHeaders(socket);
            Files.write(hog, new byte[DISK_BYTES - (64 << 10)]);
            OutputStream out = socket.getOutputStream();
            out.write(content);
            assertThat(status(socket)).isEqualTo("507");
        }
        assertThat(server.refusal()).isEqualTo(Reason.DISK_FULL);
        assertThat(server.files()).containsExactly(hog);
    }

    private Socket put(BlobRef blob) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(60_000);
        socket.getOutputStream()
                .write(("PUT /blobs/" + BlobServer.RUN + "/" + blob.sha256()
                                + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + blob.bytes()
                                + "\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String status(Socket socket) throws IOException {
        return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII).substring(9);
    }

    private static void skipHeaders(Socket socket) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            assertThat(next).isNotNegative();
            read.append((char) next);
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .inheritIO()
                .start()
                .waitFor();
    }
}
