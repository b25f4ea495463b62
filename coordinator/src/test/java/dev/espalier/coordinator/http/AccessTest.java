package dev.espalier.coordinator.http;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.node.HttpConfig;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
    private static final String TOKEN = "0123456789abcdef0123456789abcdef";

    @TempDir
    static Path folder;

    private static TestCoordinator coordinator;
    private static Api api;

    @BeforeAll
    static void start() throws IOException {
        HttpSettings settings = HttpSettings.from(http("127.0.0.1", TOKEN));
        coordinator = TestCoordinator.start(folder, settings, assignment -> Optional.empty());
        api = Api.of(coordinator);
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    @Test
    void aServerBeyondThisMachineDoesNotStartWithoutAToken() {
        assertThatThrownBy(() -> HttpSettings.from(http("0.0.0.0", "")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("ESPALIER_TOKEN");
        assertThat(HttpSettings.from(http("0.0.0.0", TOKEN)).loopback()).isFalse();
        assertThat(HttpSettings.from(http("localhost", "")).token()).isEmpty();
    }

    @Test
    void aTokenThatIsShortOrHasSpacesIsRefused() {
        for (String token : new String[] {"secret", "with a space in it, long enough", "tökentökentöken"}) {
            assertThatThrownBy(() -> HttpSettings.from(http("0.0.0.0", token)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("http.token");
        }
    }

    @Test
    void commandsNeedTheToken() throws Exception {
        Api.Answer without = api.submit(config("pear"));
        assertThat(without.status()).isEqualTo(401);
        assertThat(without.detail()).contains("--token");
        assertThat(without.response().headers().firstValue("WWW-Authenticate").orElse(""))
                .startsWith("Bearer");
        assertThat(authorized("Bearer " + TOKEN + "x").status()).isEqualTo(401);
        assertThat(authorized("Basic " + TOKEN).status()).isEqualTo(401);
        assertThat(authorized("Bearer " + TOKEN).status()).isEqualTo(404);
    }

    @Test
    void readingNeedsNone() throws Exception {
        assertThat(api.get("/runs").status()).isEqualTo(200);
    }

    @Test
    void aPageOfAnotherSiteCannotCommandEvenWithTheToken() throws Exception {
        assertThat(posted("Origin", "https://pears.example").status()).isEqualTo(403);
        assertThat(posted("Origin", "null").status()).isEqualTo(403);
        assertThat(posted("Origin", coordinator.uri().toString()).status()).isEqualTo(404);
    }

    @Test
    void aFormOfAnotherSiteCannotPassForJson() throws Exception {
        assertThat(api.send(api.request("/runs/x/pause")
                                .header("Authorization", "Bearer " + TOKEN)
                                .header("Content-Type", "text/plain")
                                .POST(BodyPublishers.ofString("{}")))
                        .status())
                .isEqualTo(415);
    }

    @Test
    void aForeignNameForThisMachineIsNotAnswered() throws Exception {
        assertThat(statusWithHost("pears.example:" + coordinator.uri().getPort()))
                .contains(" 421 ");
        assertThat(statusWithHost("localhost:" + coordinator.uri().getPort())).contains(" 200 ");
    }

    private static Api.Answer authorized(String authorization) throws Exception {
        return posted("Authorization", authorization);
    }

    private static Api.Answer posted(String header, String value) throws Exception {
        var request = api.request("/runs/x/pause")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}"));
        if (!header.equals("Authorization")) {
            request.header("Authorization", "Bearer " + TOKEN);
        }
        return api.send(request.header(header, value));
    }

    private static String statusWithHost(String host) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", coordinator.uri().getPort())) {
            socket.getOutputStream()
                    .write(("GET /api/v1/runs HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static HttpConfig http(String host, String token) {
        return new HttpConfig(host, 0, Optional.of(token).filter(given -> !given.isEmpty()));
    }
}
