package dev.espalier.coordinator.http;

import dev.espalier.coordinator.LocalRun;
import dev.espalier.coordinator.RunListener;
import dev.espalier.coordinator.feed.FeedListener;
import dev.espalier.coordinator.feed.RunFeed;
import dev.espalier.protocol.config.ResolvedRun;
import java.net.BindException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * Page and API of a run that is executed in this process, for this machine only and as long as the run lasts. It
 * starts beside the run, and a run whose page cannot be served goes on without.
 */
public final class LocalPage implements LocalRun.Companion {
    /** How many ports are tried, from the wanted one on. */
    private static final int PORTS = 20;

    private final ResolvedRun run;
    private final int port;
    private final Consumer<String> announce;

    /**
     * @param port 0: any free one; otherwise the next free one if it is taken
     * @param announce hears a sentence about where the page is, from another thread
     */
    public LocalPage(ResolvedRun run, int port, Consumer<String> announce) {
        this.run = run;
        this.port = port;
        this.announce = announce;
    }

    @Override
    public RunListener join(ActorSystem<Void> system) {
        String name = run.config().name();
        RunFeed.init(ClusterSharding.get(system));
        FeedListener listener = FeedListener.of(system, name);
        CompletionStage<Route[]> prepared =
                CompletableFuture.supplyAsync(() -> routes(system), system.executionContext()::execute);
        prepared.thenCompose(routes -> bind(system, port, routes))
                .whenComplete((binding, failure) -> announce.accept(
                        failure == null
                                ? "page " + HttpServer.address(binding) + "/ (while the run lasts)"
                                : "the run's page cannot be served: " + reason(failure)));
        return listener;
    }

    private Route[] routes(ActorSystem<Void> system) {
        LocalRuns runs = new LocalRuns(
                system,
                run.config().name(),
                run.directory(),
                run.config().model().device());
        return new Route[] {
            new HttpApi(system, HttpSettings.local(port), runs, runs, Optional.empty()).routes(),
            new PageRoutes().routes()
        };
    }

    private CompletionStage<ServerBinding> bind(ActorSystem<Void> system, int candidate, Route... routes) {
        boolean last = port == 0 || candidate >= Math.min(65_535, port + PORTS - 1);
        return HttpServer.start(system, HttpSettings.local(candidate), routes)
                .<CompletionStage<ServerBinding>>handle((binding, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedFuture(binding);
                    }
                    return last || !taken(failure)
                            ? CompletableFuture.failedFuture(failure)
                            : bind(system, candidate + 1, routes);
                })
                .thenCompose(bound -> bound);
    }

    private static boolean taken(Throwable failure) {
        return failure instanceof BindException || (failure.getCause() != null && taken(failure.getCause()));
    }

    private static String reason(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return String.valueOf(cause.getMessage());
    }
}
