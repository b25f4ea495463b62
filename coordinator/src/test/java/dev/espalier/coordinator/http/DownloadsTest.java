package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.node.HttpConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a run leaves behind, over HTTP. */
class DownloadsTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    @TempDir
    static Path folder;

    private static TestCoordinator coordinator;
    private static Api api;

    /** One run for all, which is over, so that nobody changes it. */
    @BeforeAll
    static void start() throws Exception {
        coordinator = TestCoordinator.start(
                folder,
                HttpSettings.from(new HttpConfig("127.0.0.1", 0, Optional.of(TOKEN))),
                assignment -> Optional.of(TestCoordinator.failure(assignment)));
        api = Api.of(coordinator);
        coordinator
                .runs()
                .submit(RunConfigReader.submitted(config("pear"), folder.resolve("runs")))
                .toCompletableFuture()
                .join();
        report();
        Path run = folder.resolve("runs/pear");
        write(run.resolve("export/hf/model.safetensors"), "weights of the model");
        write(run.resolve("export/hf/.model.safetensors.half.tmp"), "weights of");
        write(run.resolve("export/model.gguf"), "gguf");
        Files.createSymbolicLink(run.resolve("export/link"), run.resolve("run.conf"));
        Files.createSymbolicLink(run.resolve("export/elsewhere"), run);
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    /** It is written a moment after the run is over. */
    private static HttpResponse<String> report() throws Exception {
        HttpResponse<String> report;
        Instant end = Instant.now().plusSeconds(120);
        do {
            report = get("/api/v1/runs/pear/report");
        } while (report.statusCode() == 204 && Instant.now().isBefore(end));
        return report;
    }

    private static void write(Path file, String text) throws Exception {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(coordinator.uri() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    private JsonNode listed() throws Exception {
        return api.send(api.request("/runs/pear/export").header("Authorization", "Bearer " + TOKEN))
                .json()
                .path("files");
    }

    @Test
    void whoBearsTheTokenIsToldTheFilesAndABrowserCanFollowTheirAddresses() throws Exception {
        JsonNode files = listed();
        assertThat(files.findValuesAsText("path")).isEqualTo(List.of("hf/model.safetensors", "model.gguf"));
        HttpResponse<String> model = get(files.at("/0/href").asText());
        assertThat(model.statusCode()).isEqualTo(200);
        assertThat(model.body()).isEqualTo("weights of the model");
        assertThat(model.headers().firstValue("Content-Disposition").orElse(""))
                .startsWith("attachment")
                .contains("model.safetensors");
        assertThat(model.headers().firstValue("Content-Type")).contains("application/octet-stream");
    }

    @Test
    void aDownloadThatBrokeGoesOnWhereItWas() throws Exception {
        HttpResponse<String> rest = get(listed().at("/0/href").asText(), "Range", "bytes=11-");
        assertThat(rest.statusCode()).isEqualTo(206);
        assertThat(rest.body()).isEqualTo("the model");
    }

    @Test
    void othersGetNoModel() throws Exception {
        assertThat(api.get("/runs/pear/export").status()).isEqualTo(401);
        String file = "/api/v1/runs/pear/export/file?path=model.gguf";
        assertThat(get(file).statusCode()).isEqualTo(401);
        assertThat(get(file + "&ticket=9999999999-" + "0".repeat(64)).statusCode())
                .isEqualTo(401);
        assertThat(get(file, "Authorization", "Bearer " + TOKEN).statusCode()).isEqualTo(200);
    }

    @Test
    void aTicketIsGoodForItsRunAndADay() {
        DownloadTicket tickets = new DownloadTicket(TOKEN);
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        String ticket = tickets.issue("pear", now);
        assertThat(tickets.admits("pear", ticket, now.plus(Duration.ofHours(23))))
                .isTrue();
        assertThat(tickets.admits("pear", ticket, now.plus(Duration.ofHours(25))))
                .isFalse();
        assertThat(tickets.admits("apple", ticket, now)).isFalse();
        assertThat(new DownloadTicket("another-token-of-16").admits("pear", ticket, now))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../run.conf",
                "hf/../../run.conf",
                "/etc/passwd",
                "hf",
                "",
                "link",
                "elsewhere/run.conf",
                "hf/.model.safetensors.half.tmp"
            })
    void nothingButTheFilesOfTheExportIsServed(String path) throws Exception {
        HttpResponse<String> answer =
                get("/api/v1/runs/pear/export/file?path=" + path, "Authorization", "Bearer " + TOKEN);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("has no file");
    }

    @Test
    void aRunOfAClusterGetsItsReportWhichIsServedAsAStrangerToThePage() throws Exception {
        HttpResponse<String> report = report();
        assertThat(report.statusCode()).isEqualTo(200);
        assertThat(report.body()).contains("<title>pear");
        assertThat(report.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("sandbox allow-scripts;")
                .doesNotContain("allow-same-origin");
    }
}
