package dev.espalier.coordinator.http;

import dev.espalier.monitoring.exposition.Monitoring;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.StatusCode;
import org.apache.pekko.http.javadsl.model.StatusCodes;
import org.apache.pekko.http.javadsl.server.AllDirectives;
import org.apache.pekko.http.javadsl.server.Route;

/** {@code /metrics}, {@code /live} and {@code /ready}: what the machines around a coordinator ask. */
public final class MonitoringRoutes extends AllDirectives {
    private static final ContentType TEXT = ContentTypes.parse(Monitoring.CONTENT_TYPE);

    private final Monitoring monitoring;
    private final Executor blocking;

    private MonitoringRoutes(Monitoring monitoring, Executor blocking) {
        this.monitoring = monitoring;
        this.blocking = blocking;
    }

    /**
     * @param blocking where {@code unready} may wait: a database that is away answers late, and the API must not
     * @param unready why the coordinator cannot do its work now, in one line; empty if it can
     */
    public static Route of(Monitoring monitoring, Executor blocking, Supplier<Optional<String>> unready) {
        return new MonitoringRoutes(monitoring, blocking).routes(unready);
    }

    private Route routes(Supplier<Optional<String>> unready) {
        return get(() -> concat(
                path("metrics", () -> complete(StatusCodes.OK, HttpEntities.create(TEXT, monitoring.expose()))),
                path("live", () -> answer(Optional.empty())),
                path("ready", () -> onSuccess(CompletableFuture.supplyAsync(unready, blocking), this::answer))));
    }

    private Route answer(Optional<String> trouble) {
        StatusCode status = trouble.isEmpty() ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE;
        return complete(status, HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, trouble.orElse("ok") + "\n"));
    }
}
