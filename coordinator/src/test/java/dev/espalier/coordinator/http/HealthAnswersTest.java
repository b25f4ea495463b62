package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.monitoring.exposition.Monitoring;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.server.Directives;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthAnswersTest {
    private final ActorTestKit kit = ActorTestKit.create();
    private final Monitoring monitoring = new Monitoring("coordinator:7700");
    private final AtomicReference<Optional<String>> trouble = new AtomicReference<>(Optional.of("not yet"));
    private volatile Runnable probed = () -> {};
    private ServerBinding binding;

    @BeforeEach
    void serve() {
        HealthAnswers answers = new HealthAnswers(kit.system(), monitoring, () -> {
            probed.run();
            return trouble.get();
        });
        binding = HttpServer.start(kit.system(), HttpSettings.local(0), Optional.of(answers), Directives.reject())
                .toCompletableFuture()
                .join();
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        monitoring.close();
    }

    @Test
    void metricsAreServedAsPrometheusReadsThem() throws Exception {
        HttpResponse<String> answer = get("/metrics");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                .startsWith("text/plain")
                .contains("version=0.0.4")
                .containsIgnoringCase("charset=utf-8");
        assertThat(answer.body())
                .contains("process_uptime_seconds{application=\"espalier\",instance=\"coordinator:7700\"");
    }

    @Test
    void theCoordinatorIsLiveAtOnceAndReadyWhenItSaysSo() throws Exception {
        assertThat(get("/live").statusCode()).isEqualTo(200);
        assertThat(get("/ready").statusCode()).isEqualTo(503);
        assertThat(get("/ready").body()).isEqualTo("not yet\n");

        trouble.set(Optional.empty());

        TestProbe.create(kit.system()).awaitAssert(Duration.ofMinutes(1), () -> {
            try {
                assertThat(get("/ready").statusCode()).isEqualTo(200);
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
            return null;
        });
    }

    @Test
    void howeverOftenItIsAskedJournalAndDiskAreTriedOnceASecond() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        probed = tries::incrementAndGet;
        long began = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            assertThat(get("/ready").body()).isEqualTo("not yet\n");
        }
        assertThat(tries.get())
                .isBetween(
                        1, 1 + (int) Duration.ofNanos(System.nanoTime() - began).toSeconds());
    }

    @Test
    void aDatabaseThatAnswersLateKeepsNobodyElseWaiting() throws Exception {
        int threads = 64;
        Semaphore probing = new Semaphore(0);
        Semaphore answered = new Semaphore(0);
        probed = () -> {
            probing.release();
            answered.acquireUninterruptibly();
        };
        HttpClient client = HttpClient.newHttpClient();
        List<CompletableFuture<HttpResponse<String>>> waiting = Stream.generate(
                        () -> client.sendAsync(request("/ready"), HttpResponse.BodyHandlers.ofString()))
                .limit(threads)
                .toList();
        probing.acquire();

        assertThat(get("/live").statusCode()).isEqualTo(200);
        assertThat(waiting).noneMatch(CompletableFuture::isDone);

        answered.release(threads);
        for (CompletableFuture<HttpResponse<String>> ready : waiting) {
            assertThat(ready.get(1, TimeUnit.MINUTES).body()).isEqualTo("not yet\n");
        }
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request(path), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path) {
        URI uri = URI.create("http://127.0.0.1:" + binding.localAddress().getPort() + path);
        return HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(1)).build();
    }
}
