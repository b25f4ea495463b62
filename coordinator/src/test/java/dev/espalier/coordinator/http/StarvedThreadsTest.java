package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.monitoring.exposition.Monitoring;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.server.Directives;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A coordinator whose actors and runs have taken all threads, and wait. */
@Tag("endurance")
class StarvedThreadsTest {
    private static final int AT_ONCE = 20;

    private final ActorTestKit kit = ActorTestKit.create();
    private final Monitoring monitoring = new Monitoring("coordinator:7700");
    private final CountDownLatch release = new CountDownLatch(1);
    private volatile Optional<CountDownLatch> journal = Optional.empty();
    private String url;

    @BeforeEach
    void serve() {
        ServerBinding binding = HttpServer.start(
                        kit.system(),
                        HttpSettings.local(0),
                        Optional.of(new HealthAnswers(kit.system(), monitoring, this::unready)),
                        Directives.path("api", () -> Directives.complete("here")))
                .toCompletableFuture()
                .join();
        url = "http://127.0.0.1:" + binding.localAddress().getPort();
        // The first answer of a process loads classes.
        assertThat(get("/api").join().body()).isEqualTo("here");
    }

    @AfterEach
    void stop() {
        release.countDown();
        kit.shutdownTestKit();
        monitoring.close();
    }

    private Optional<String> unready() {
        journal.ifPresent(StarvedThreadsTest::await);
        return Optional.empty();
    }

    @Test
    void healthAndMeasuresAreAnsweredAllTheSame() throws Exception {
        starve(DispatcherSelector.defaultDispatcher());
        starve(DispatcherSelector.blocking());
        CompletableFuture<HttpResponse<String>> other = get("/api");
        for (int times = 0; times < 20; times++) {
            assertThat(get("/live").get(1, TimeUnit.MINUTES).statusCode()).isEqualTo(200);
            assertThat(get("/ready").get(1, TimeUnit.MINUTES).statusCode()).isEqualTo(200);
            assertThat(get("/metrics").get(1, TimeUnit.MINUTES).body()).contains("process_uptime_seconds");
        }
        assertThat(other).as("the threads are taken").isNotDone();
        release.countDown();
        assertThat(other.get(1, TimeUnit.MINUTES).body()).isEqualTo("here");
    }

    @Test
    void aJournalThatNeverAnswersIsSaidToDoSo() throws Exception {
        journal = Optional.of(release);
        List<CompletableFuture<HttpResponse<String>>> asked =
                Stream.generate(() -> get("/ready")).limit(AT_ONCE).toList();
        for (CompletableFuture<HttpResponse<String>> late : asked) {
            assertThat(late.get(1, TimeUnit.MINUTES).statusCode()).isEqualTo(503);
            assertThat(late.join().body()).contains("does not answer");
        }
        assertThat(get("/live").get(1, TimeUnit.MINUTES).statusCode()).isEqualTo(200);
    }

    /** Until a task does not begin any more. */
    private void starve(DispatcherSelector selector) throws InterruptedException {
        Executor threads = kit.system().dispatchers().lookup(selector);
        CountDownLatch begun;
        do {
            CountDownLatch begins = new CountDownLatch(1);
            begun = begins;
            threads.execute(() -> {
                begins.countDown();
                await(release);
            });
        } while (begun.await(2, TimeUnit.SECONDS));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Each on a connection of its own, for a probe has none that is open. */
    private CompletableFuture<HttpResponse<String>> get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofMinutes(1))
                .build();
        return HttpClient.newHttpClient().sendAsync(request, BodyHandlers.ofString());
    }
}
