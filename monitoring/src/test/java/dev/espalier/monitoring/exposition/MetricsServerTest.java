package dev.espalier.monitoring.exposition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsServerTest {
    private final AtomicReference<Optional<String>> trouble = new AtomicReference<>(Optional.of("not yet"));
    private MetricsServer server;

    @BeforeEach
    void start() throws IOException {
        server = MetricsServer.start("127.0.0.1", 0, trouble::get);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void theProcessAndItsJvmAreMeasuredUnderOneNameOfTheInstance() throws Exception {
        HttpResponse<String> answer = get("/metrics", false);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue(Monitoring.CONTENT_TYPE);
        assertThat(answer.body()).contains("jvm_memory_used_bytes", "jvm_memory_usage_after_gc", "process_cpu_usage");
        assertThat(answer.body().lines().filter(line -> !line.startsWith("#")))
                .allMatch(line -> line.contains("application=\"espalier\""))
                .allMatch(line ->
                        line.matches(".*instance=\"[^\"]+:" + server.address().getPort() + "\".*"));
    }

    @Test
    void itIsLiveAtOnceAndReadyWhenItSaysSo() throws Exception {
        assertThat(get("/live", false).statusCode()).isEqualTo(200);
        assertThat(get("/ready", false).statusCode()).isEqualTo(503);
        assertThat(get("/ready", false).body()).isEqualTo("not yet\n");

        trouble.set(Optional.empty());

        assertThat(get("/ready", false).statusCode()).isEqualTo(200);
    }

    @Test
    void requestsThatNeverEndKeepNobodyWaitingAndAreCutOff() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Socket socket = new Socket("127.0.0.1", server.address().getPort());
            socket.getOutputStream().write("GET /live HTTP/1.1\r\nX-Slow: ".getBytes(StandardCharsets.US_ASCII));
            slow.add(socket);
        }

        assertThat(get("/live", false).statusCode()).isEqualTo(200);
        assertThat(get("/metrics", false).statusCode()).isEqualTo(200);

        for (Socket socket : slow) {
            socket.setSoTimeout((int) Duration.ofMinutes(1).toMillis());
            assertThat(socket.getInputStream().readAllBytes()).isEmpty();
            socket.close();
        }
    }

    @Test
    void metricsCanOnlyBeRead() throws Exception {
        HttpRequest post = HttpRequest.newBuilder(uri("/metrics"))
                .POST(HttpRequest.BodyPublishers.ofString("x"))
                .build();

        assertThat(HttpClient.newHttpClient()
                        .send(post, HttpResponse.BodyHandlers.discarding())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void theEndWaitsForNobodyIfOnlyPeopleRead() throws Exception {
        get("/metrics", false);
        get("/metrics", false);

        assertThat(server.patience()).isZero();
        server.awaitLastScrape();
    }

    @Test
    void theEndWaitsForTheNextScrapeOfAPrometheus() throws Exception {
        Scrapes scrapes = new Scrapes();
        scrapes.scraped(System.nanoTime());
        assertThat(scrapes.patience()).as("it may never come again").isZero();
        scrapes.scraped(System.nanoTime());
        assertThat(scrapes.patience()).isPositive().isLessThanOrEqualTo(Duration.ofMinutes(1));

        // whether the scrape or the end of patience comes first, the wait ends
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
            try {
                scrapes.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        scrapes.scraped(System.nanoTime());
        waiting.get(2, TimeUnit.MINUTES);
    }

    @Test
    void aScrapeIsKnownByTheHeaderThatPrometheusSends() throws Exception {
        get("/metrics", true);
        get("/metrics", true);
        // a scrape counts when its answer is sent, which may be a moment after it was received
        Instant patience = Instant.now().plusSeconds(60);
        while (server.patience().isZero()) {
            assertThat(Instant.now()).isBefore(patience);
        }
        assertThat(server.patience()).isPositive();
    }

    private HttpResponse<String> get(String path, boolean asPrometheus) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofMinutes(1));
        if (asPrometheus) {
            request.header("X-Prometheus-Scrape-Timeout-Seconds", "10");
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
    }
}
