package dev.espalier.coordinator.http;

import dev.espalier.coordinator.feed.FeedListener;
import dev.espalier.coordinator.feed.RunFeed;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.protocol.config.ResolvedRun;
import java.net.BindException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.server.Route;

/**
 * Page and API of a run that is executed in this process, for this machine only and as long as the run lasts. A
 * run whose page cannot be served goes on without.
 */
public final class LocalPage implements LocalRun.Companion {
    /** How many ports are tried, from the wanted one on. */
    private static final int PORTS = 20;

    /** The first page that a process serves takes a second to come up. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ResolvedRun run;
    private final int port;
    private final Consumer<String> announce;

    /**
     * @param port 0: any free one; otherwise the next free one if it is taken
     * @param announce hears a sentence about where the page is
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
        announce.accept(served(system));
        return FeedListener.of(system, name);
    }

    private String served(ActorSystem<Void> system) {
        try {
            ServerBinding binding = bind(system, port, routes(system))
                    .toCompletableFuture()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return "page " + HttpServer.address(HttpSettings.local(port), binding) + "/ (while the run lasts)";
        } catch (ExecutionException e) {
            return "the run's page cannot be served: " + reason(e);
        } catch (TimeoutException e) {
            return "the run's page cannot be served: the port was not opened in time";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "the run's page is not served";
        }
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
