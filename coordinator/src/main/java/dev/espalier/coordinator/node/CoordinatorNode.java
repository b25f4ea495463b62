package dev.espalier.coordinator.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.blobs.BearerToken;
import dev.espalier.coordinator.blobs.BlobListener;
import dev.espalier.coordinator.blobs.BlobRoutes;
import dev.espalier.coordinator.blobs.BlobSettings;
import dev.espalier.coordinator.conduct.Patience;
import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.coordinator.http.HealthAnswers;
import dev.espalier.coordinator.http.HttpApi;
import dev.espalier.coordinator.http.HttpServer;
import dev.espalier.coordinator.http.HttpSettings;
import dev.espalier.coordinator.http.PageRoutes;
import dev.espalier.coordinator.http.WorkforceDirectory;
import dev.espalier.coordinator.journal.Journal;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunListeners;
import dev.espalier.coordinator.register.ClusterRuns;
import dev.espalier.coordinator.report.ReportWriter;
import dev.espalier.coordinator.run.Run;
import dev.espalier.coordinator.stage.StageKinds;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.monitoring.exposition.Monitoring;
import dev.espalier.monitoring.meters.MessageMeters;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.node.ClusterNode;
import dev.espalier.protocol.node.CoordinatorConfig;
import dev.espalier.protocol.node.Tls;
import dev.espalier.protocol.wire.LostMessages;
import dev.espalier.protocol.wire.WireLimit;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.http.javadsl.ServerBinding;

/**
 * A coordinator: journal, workforce, runs, and one HTTP port for people, workers and machines, wired together. Runs that
 * were under way when it stopped go on by themselves.
 */
public final class CoordinatorNode {
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);

    private final ClusterNode node;
    private final ActorRef<Workforce.Command> workforce;
    private final ClusterRuns runs;
    private final URI uri;
    private final CompletionStage<Done> closed;

    private CoordinatorNode(
            ClusterNode node,
            ActorRef<Workforce.Command> workforce,
            ClusterRuns runs,
            URI uri,
            CompletionStage<Done> closed) {
        this.node = node;
        this.workforce = workforce;
        this.runs = runs;
        this.uri = uri;
        this.closed = closed;
    }

    /**
     * Starts the node; joining the cluster goes on in the background.
     *
     * @param kinds the stages that runs may have
     * @param ownsProcess whether the process ends with the node
     * @param listeners who hears of a run's progress besides, by the run's name
     * @throws dev.espalier.protocol.UserError if a port would be open to others without a guard, the journal's
     *     database does not let it in or has lost something, or another coordinator uses its file
     * @throws IOException if the journal cannot be opened, or a port cannot be bound
     */
    public static CoordinatorNode start(
            CoordinatorConfig config, StageKinds kinds, boolean ownsProcess, Function<String, RunListener> listeners)
            throws IOException {
        config.node().refuseStrangers();
        HttpSettings http = HttpSettings.from(config.http()).with(Tls.http(config.node()));
        Path folders = Files.createDirectories(config.data().resolve("runs"));
        Journal journal = Journal.of(
                config.journal(),
                config.data().resolve("journal"),
                config.node().coordinators().size() < 2);
        journal.open(trace(folders));
        FolderProbe probe = new FolderProbe(config.data());
        ClusterNode node = join(config, ownsProcess, journal);
        ActorSystem<Void> system = node.system();
        CompletionStage<Done> closed = system.getWhenTerminated().whenComplete((done, failure) -> close(journal));
        Monitoring monitoring = new Monitoring(config.node().address().host() + ":" + http.port());
        countLostMessages(system, monitoring);
        Duration lease = system.settings().config().getDuration("espalier.coordinator.worker-lease");
        ActorRef<Workforce.Command> workforce = system.systemActorOf(
                Workforce.create(new Workforce.Settings(lease, false), new WorkforceMeters(monitoring.meters())),
                "workforce",
                Props.empty());
        DiskWork disk = DiskWork.of(system);
        CompletableFuture<String> dataPlane = new CompletableFuture<>();
        ClusterRuns runs = ClusterRuns.start(
                system,
                (name, listener) -> run(
                        system,
                        workforce,
                        dataPlane.join(),
                        kinds,
                        name,
                        new RunListeners(List.of(
                                listener,
                                new MonitoredRun(monitoring.meters(), kinds, name),
                                new ReportWriter(name, disk),
                                new LoggedProgress(),
                                listeners.apply(name)))));
        try {
            HealthAnswers health = new HealthAnswers(system, monitoring, () -> node.outside()
                    .or(journal::unwritable)
                    .or(probe::unwritable));
            ServerBinding binding = HttpServer.start(
                            system,
                            http,
                            Optional.of(health),
                            new HttpApi(
                                            system,
                                            http,
                                            runs,
                                            new WorkforceDirectory(workforce, system),
                                            Optional.of(folders))
                                    .routes(),
                            blobs(system, http, runs, new MonitoredBlobs(monitoring.meters()))
                                    .route(),
                            new PageRoutes().routes())
                    .toCompletableFuture()
                    .join();
            String host =
                    http.loopback() ? http.host() : config.node().address().host();
            dataPlane.complete(
                    http.scheme() + host + ":" + binding.localAddress().getPort());
            return new CoordinatorNode(node, workforce, runs, URI.create(HttpServer.address(http, binding)), closed);
        } catch (CompletionException e) {
            node.leave();
            throw new IOException(
                    "the HTTP port " + http.host() + ":" + http.port() + " cannot be bound: "
                            + e.getCause().getMessage(),
                    e);
        }
    }

    /** A file that a run's first events made. */
    private static Optional<Path> trace(Path folders) throws IOException {
        try (Stream<Path> runs = Files.list(folders)) {
            return runs.map(run -> run.resolve(RunLayout.MANIFEST))
                    .filter(Files::exists)
                    .findFirst();
        }
    }

    private static ClusterNode join(CoordinatorConfig config, boolean ownsProcess, Journal journal) throws IOException {
        Config settings = journal.config().withFallback(ConfigFactory.load().getConfig("espalier.runs"));
        try {
            return ClusterNode.start(config.node(), ClusterNode.COORDINATOR, ownsProcess, settings);
        } catch (RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    private static void close(Journal journal) {
        try {
            journal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static BlobRoutes blobs(
            ActorSystem<Void> system, HttpSettings http, ClusterRuns runs, BlobListener listener) {
        return new BlobRoutes(
                BlobSettings.from(system.settings().config()),
                name -> runs.isBeingRemoved(name)
                        ? Optional.empty()
                        : runs.find(name).toCompletableFuture().join().run().map(run -> Path.of(run.directory())),
                http.token().map(BearerToken::of),
                listener,
                system);
    }

    private static void countLostMessages(ActorSystem<Void> system, Monitoring monitoring) {
        MessageMeters messages = new MessageMeters(monitoring.meters(), WireLimit::refused);
        system.systemActorOf(
                LostMessages.create(messages::dropped, messages::undelivered), "lost-messages", Props.empty());
    }

    private static Behavior<RunCommand> run(
            ActorSystem<Void> system,
            ActorRef<Workforce.Command> workforce,
            String dataPlane,
            StageKinds kinds,
            String name,
            RunListener listener) {
        Config config = system.settings().config();
        Duration backoff = config.getDuration("espalier.coordinator.restart-backoff");
        return Run.create(
                name,
                new Run.Setup(
                        workforce,
                        listener,
                        RunConfigReader::parse,
                        kinds,
                        Path::of,
                        Optional.of(dataPlane),
                        Patience.of(config),
                        Optional.of(SupervisorStrategy.restartWithBackoff(backoff, LONGEST_BACKOFF, 0.1)),
                        Clock.systemUTC()));
    }

    public ClusterRuns runs() {
        return runs;
    }

    public ActorRef<Workforce.Command> workforce() {
        return workforce;
    }

    /** Leaves the cluster; completed when the node has stopped and another one may open its journal. */
    public CompletionStage<Done> leave() {
        return node.leave().thenCompose(done -> closed);
    }

    public ClusterNode node() {
        return node;
    }

    /** Its page; the API, the data plane and the measures are below it. */
    public URI uri() {
        return uri;
    }
}
