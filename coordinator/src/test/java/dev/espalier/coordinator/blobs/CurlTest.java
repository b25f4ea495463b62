package dev.espalier.coordinator.blobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.PartialBlob;
import dev.espalier.protocol.files.Sha256;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code docs/data-plane.md}, as they stand there. */
class CurlTest {
    private static final String TOKEN = "0123456789abcdef";
    private static final byte[] CONTENT = new byte[3_000_000];

    @TempDir
    Path folder;

    @TempDir
    Path here;

    private BlobServer server;
    private BlobRef blob;

    @BeforeEach
    void start() throws Exception {
        boolean curl = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "curl")));
        assumeTrue(curl || System.getenv("ESPALIER_REQUIRE_TOOLS") != null, "no curl on the PATH");
        assertThat(curl).as("curl on the PATH").isTrue();
        server = new BlobServer(folder, 8 << 20, Optional.of(TOKEN), Duration.ofSeconds(60));
        new Random(5).nextBytes(CONTENT);
        Files.write(here.resolve("file"), CONTENT);
        blob = new BlobRef(Sha256.of(CONTENT), CONTENT.length);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aFileIsPutAndGotAndGottenToItsEnd() throws Exception {
        sh(line("-T file"));
        assertThat(server.blobs().verify(blob)).hasBinaryContent(CONTENT);
        Files.write(here.resolve("copy"), Arrays.copyOf(CONTENT, 1_000_000));
        sh(line("-C - -o copy"));
        assertThat(here.resolve("copy")).hasBinaryContent(CONTENT);
    }

    @Test
    void anUploadGoesOnWhereItStopped() throws Exception {
        try (PartialBlob part = server.blobs().receive(blob)) {
            part.write(ByteBuffer.wrap(CONTENT, 0, 1_234_567));
        }
        assertThat(sh(line("grep -i upload-offset"))).containsIgnoringCase("Upload-Offset: 1234567");
        sh("offset=1234567; size=3000000; " + line("tail -c"));
        assertThat(server.blobs().verify(blob)).hasBinaryContent(CONTENT);
    }

    /** The command of the document that contains these words. */
    private static String line(String words) throws IOException {
        String text = Files.readString(Path.of("../docs/data-plane.md")).replaceAll("\\\\\\n\\s*", "");
        return text.lines()
                .filter(line -> line.startsWith("    ") && line.contains(words))
                .findFirst()
                .orElseThrow();
    }

    private String sh(String command) throws Exception {
        String variables = "set -e; url=" + server.uri("/blobs/" + BlobServer.RUN) + "; auth='Authorization: Bearer "
                + TOKEN + "'; sha=" + blob.sha256() + "; ";
        Process shell = new ProcessBuilder("sh", "-c", variables + command)
                .directory(here.toFile())
                .redirectError(here.resolve("errors").toFile())
                .start();
        String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor())
                .as(Files.readString(here.resolve("errors")) + out)
                .isZero();
        return out;
    }
}
