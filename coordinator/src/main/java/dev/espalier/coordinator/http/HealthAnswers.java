package dev.espalier.coordinator.http;

import dev.espalier.monitoring.exposition.Monitoring;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.StatusCodes;

/**
 * {@code /metrics}, {@code /live} and {@code /ready}: what the machines around a coordinator ask. They are answered whatever
 * actors and runs do with their threads: what has to wait has some of its own. Not routes, since these go on with the
 * threads of actors after a wait.
 */
public final class HealthAnswers {
    private static final ContentType METRICS = ContentTypes.parse(Monitoring.CONTENT_TYPE);

    /** A database that is away answers late; who asks has waited long enough then. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** A try writes to the journal and the disk; what it found is told for so long. */
    private static final Duration VALID = Duration.ofSeconds(1);

    private static final String LATE = "the journal or the disk does not answer within " + PATIENCE.toSeconds() + " s";
    private static final String READINESS = "espalier.http.readiness-dispatcher";

    private final Monitoring monitoring;
    private final Executor readiness;
    private final Supplier<Optional<String>> unready;
    private CompletableFuture<Optional<String>> newest;
    private long newestBegan;

    /** @param unready why the coordinator cannot do its work now, in one line; empty if it can; may wait */
    public HealthAnswers(ActorSystem<?> system, Monitoring monitoring, Supplier<Optional<String>> unready) {
        this.monitoring = monitoring;
        this.unready = unready;
        readiness = system.dispatchers().lookup(DispatcherSelector.fromConfig(READINESS));
    }

    /** Empty if it is another question. */
    Optional<CompletionStage<HttpResponse>> to(HttpRequest request) {
        if (!request.method().equals(HttpMethods.GET)) {
            return Optional.empty();
        }
        return switch (request.getUri().path()) {
            case "/metrics" ->
                Optional.of(CompletableFuture.completedFuture(
                        HttpResponse.create().withEntity(HttpEntities.create(METRICS, monitoring.expose()))));
            case "/live" -> Optional.of(CompletableFuture.completedFuture(answer(Optional.empty())));
            case "/ready" ->
                Optional.of(trouble()
                        .completeOnTimeout(Optional.of(LATE), PATIENCE.toSeconds(), TimeUnit.SECONDS)
                        .exceptionally(failure -> Optional.of("cannot be found out: " + failure.getMessage()))
                        .thenApply(HealthAnswers::answer));
            default -> Optional.empty();
        };
    }

    /** Whoever reaches the port may ask, as often as it likes: yet one try at a time is made, and one within {@link #VALID}. */
    private synchronized CompletableFuture<Optional<String>> trouble() {
        long now = System.nanoTime();
        if (newest == null || (newest.isDone() && now - newestBegan >= VALID.toNanos())) {
            newestBegan = now;
            newest = CompletableFuture.supplyAsync(unready, readiness);
        }
        return newest.copy();
    }

    private static HttpResponse answer(Optional<String> trouble) {
        return HttpResponse.create()
                .withStatus(trouble.isEmpty() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE)
                .withEntity(ContentTypes.TEXT_PLAIN_UTF8, trouble.orElse("ok") + "\n");
    }
}
