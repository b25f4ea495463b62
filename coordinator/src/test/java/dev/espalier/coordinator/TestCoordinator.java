package dev.espalier.coordinator;

import dev.espalier.coordinator.conduct.Patience;
import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.coordinator.http.HttpApi;
import dev.espalier.coordinator.http.HttpServer;
import dev.espalier.coordinator.http.HttpSettings;
import dev.espalier.coordinator.http.PageRoutes;
import dev.espalier.coordinator.http.WorkforceDirectory;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.local.LocalCluster;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.register.ClusterRuns;
import dev.espalier.coordinator.report.ReportWriter;
import dev.espalier.coordinator.run.Run;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.RunConfigReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;

/** A coordinator with everything real but its worker. */
public final class TestCoordinator implements AutoCloseable {
    /** Tries again at once, and takes no silence for a sign. */
    public static final Patience PATIENCE =
            new Patience(Duration.ofMillis(1), Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofMinutes(5));

    /** Tells of any silence that is longer than a second, and gives nobody up. */
    public static final Patience ATTENTIVE =
            new Patience(Duration.ofMillis(1), Duration.ofSeconds(1), Duration.ofHours(1), Duration.ofSeconds(2));

    private final LocalCluster cluster;
    private final ClusterRuns runs;
    private final HttpApi api;
    private final URI uri;

    private TestCoordinator(LocalCluster cluster, ClusterRuns runs, HttpApi api, URI uri) {
        this.cluster = cluster;
        this.runs = runs;
        this.api = api;
        this.uri = uri;
    }

    public static TestCoordinator start(Path folder) throws IOException {
        return start(folder, HttpSettings.local(0), assignment -> Optional.empty());
    }

    /**
     * @param folder journal and run folders; a coordinator that is started there again knows its runs
     * @param script an answer in place of a worker's work
     */
    public static TestCoordinator start(
            Path folder, HttpSettings settings, Function<Assignment, Optional<Worker.Report>> script)
            throws IOException {
        return start(folder, settings, script, PATIENCE);
    }

    /** The same, with another patience of its runs. */
    public static TestCoordinator start(
            Path folder, HttpSettings settings, Function<Assignment, Optional<Worker.Report>> script, Patience patience)
            throws IOException {
        LocalCluster cluster = LocalCluster.start(folder);
        ActorSystem<Void> system = cluster.system();
        ActorRef<Workforce.Command> workforce = system.systemActorOf(
                Workforce.create(
                        new Workforce.Settings(Duration.ofMinutes(5), false), new WorkforceMeters(Meters.none())),
                "workforce",
                Props.empty());
        system.systemActorOf(new FakeWorker(script).behavior("worker-1"), "worker", DispatcherSelector.blocking());
        ClusterRuns runs = ClusterRuns.start(
                system,
                (name, listener) -> Run.create(
                        name,
                        new Run.Setup(
                                workforce,
                                RunListener.both(listener, new ReportWriter(name, DiskWork.of(system))),
                                RunConfigReader::parse,
                                TeachingMethod.STAGES,
                                Path::of,
                                Optional.empty(),
                                patience,
                                Optional.empty(),
                                Clock.systemUTC())));
        HttpApi api = new HttpApi(
                system, settings, runs, new WorkforceDirectory(workforce, system), Optional.of(folder.resolve("runs")));
        URI uri = URI.create(HttpServer.address(
                settings,
                HttpServer.start(system, settings, api.routes(), new PageRoutes().routes())
                        .toCompletableFuture()
                        .join()));
        return new TestCoordinator(cluster, runs, api, uri);
    }

    /** A worker that begins when the gate opens. */
    public static Behavior<Worker.Command> worker(CountDownLatch gate) {
        return new FakeWorker(assignment -> {
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return Optional.empty();
                })
                .behavior();
    }

    public static Worker.Failed failure(Assignment assignment) {
        return FakeWorker.failure(assignment, true);
    }

    /** A configuration whose texts and model nobody opens. */
    public static String config(String name) {
        return """
                run.name = %s
                model.path = /models/pear
                data { train = [ { path = /texts/pear.txt } ], sequence-length = 64 }
                prune { steps = 30, target.sparsity = 0.2, schedule.warmup-steps = 10, gates.harden-at = 0.4, refit = true }
                recover.steps = 12
                cluster.inner-steps = 5
                evaluate { perplexity = [/texts/held-out.txt], latency = false }
                """
                .formatted(name);
    }

    public URI uri() {
        return uri;
    }

    public ActorSystem<?> system() {
        return cluster.system();
    }

    public ClusterRuns runs() {
        return runs;
    }

    public int watchers() {
        return api.watchers();
    }

    @Override
    public void close() {
        cluster.close();
    }
}
