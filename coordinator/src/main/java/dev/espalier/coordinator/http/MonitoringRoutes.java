package dev.espalier.coordinator.http;

import dev.espalier.monitoring.exposition.Monitoring;
import java.util.function.BooleanSupplier;
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

    private MonitoringRoutes(Monitoring monitoring) {
        this.monitoring = monitoring;
    }

    /** @param ready whether the coordinator can do its work now */
    public static Route of(Monitoring monitoring, BooleanSupplier ready) {
        return new MonitoringRoutes(monitoring).routes(ready);
    }

    private Route routes(BooleanSupplier ready) {
        return get(() -> concat(
                path("metrics", () -> complete(StatusCodes.OK, HttpEntities.create(TEXT, monitoring.expose()))),
                path("live", () -> answer(true)),
                path("ready", () -> answer(ready.getAsBoolean()))));
    }

    private Route answer(boolean holds) {
        StatusCode status = holds ? StatusCodes.OK : StatusCodes.SERVICE_UNAVAILABLE;
        return complete(status, HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, holds ? "yes\n" : "no\n"));
    }
}
