package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.server.Directives;
import org.apache.pekko.http.javadsl.server.Route;
import org.junit.jupiter.api.Test;

class HttpServerTest {
    @Test
    void anAnswerThatTakesLongerThanTheLibraryLetsAConnectionBeIdleArrives() throws Exception {
        ActorTestKit kit = ActorTestKit.create(
                ConfigFactory.parseString("pekko.http.server.idle-timeout = 1s").withFallback(ConfigFactory.load()));
        try {
            Executor later = CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS);
            Route slow = Directives.completeOKWithFutureString(CompletableFuture.supplyAsync(() -> "at last", later));
            HttpSettings settings = HttpSettings.local(0);
            ServerBinding binding = HttpServer.start(kit.system(), settings, slow)
                    .toCompletableFuture()
                    .join();

            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(HttpServer.address(settings, binding)))
                                    .timeout(Duration.ofMinutes(1))
                                    .POST(BodyPublishers.noBody())
                                    .build(),
                            BodyHandlers.ofString());

            assertThat(answer.body()).isEqualTo("at last");
        } finally {
            kit.shutdownTestKit();
        }
    }
}
