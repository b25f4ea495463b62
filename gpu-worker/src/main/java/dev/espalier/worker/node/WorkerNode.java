package dev.espalier.worker.node;

import com.typesafe.config.ConfigFactory;
import dev.espalier.monitoring.exposition.MetricsServer;
import dev.espalier.monitoring.meters.BlobMeters;
import dev.espalier.monitoring.meters.MessageMeters;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.node.ClusterNode;
import dev.espalier.protocol.node.HttpConfig;
import dev.espalier.protocol.node.Tls;
import dev.espalier.protocol.node.WorkerConfig;
import dev.espalier.protocol.wire.LostMessages;
import dev.espalier.protocol.wire.WireLimit;
import dev.espalier.worker.WorkerActor;
import dev.espalier.worker.WorkerCapabilities;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.TransferSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;

/** A worker: the actor that does assignments, and the port for supervisors, wired together. */
public final class WorkerNode {
    private static final String HEARTBEAT = "espalier.worker.heartbeat";

    private final ClusterNode node;
    private final MetricsServer http;
    private final String scheme;

    private WorkerNode(ClusterNode node, MetricsServer http, String scheme) {
        this.node = node;
        this.http = http;
        this.scheme = scheme;
    }

    /**
     * Starts the node; looking for a coordinator goes on in the background.
     *
     * @param ownsProcess whether the process ends with the node
     * @throws IOException if a port cannot be bound
     */
    public static WorkerNode start(WorkerConfig config, boolean ownsProcess) throws IOException {
        Optional<SSLContext> tls = config.node().tls().map(Tls::node);
        ClusterNode node = ClusterNode.start(config.node(), ClusterNode.WORKER, ownsProcess, ConfigFactory.empty());
        ActorSystem<Void> system = node.system();
        AtomicInteger coordinators = new AtomicInteger();
        MetricsServer http = serve(config.http(), tls, () -> node.outside().or(() -> unengaged(coordinators)));
        Meters meters = http.monitoring().meters();
        MessageMeters messages = new MessageMeters(meters, WireLimit::refused);
        system.systemActorOf(
                LostMessages.create(messages::dropped, messages::undelivered), "lost-messages", Props.empty());
        WorkerActor.Settings settings = new WorkerActor.Settings(
                config.name().isEmpty() ? name() : config.name(),
                WorkerCapabilities.ofThisProcess(),
                system.settings().config().getDuration(HEARTBEAT),
                coordinators::set,
                files(config, tls, TransferSettings.from(system.settings().config()), new BlobMeters(meters)));
        CompletableFuture<Done> left = new CompletableFuture<>();
        ActorRef<Worker.Command> worker = system.systemActorOf(
                LastingWorker.create(WorkerActor.create(settings, meters), left), "worker", Props.empty());
        CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
        shutdown.addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "give-work-back", () -> {
            worker.tell(new Worker.Leave());
            return left;
        });
        shutdown.addTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), "close-http", () -> {
            http.close();
            return CompletableFuture.completedFuture(Done.getInstance());
        });
        return new WorkerNode(node, http, tls.isPresent() ? "https" : "http");
    }

    private static NodeFiles files(
            WorkerConfig config, Optional<SSLContext> tls, TransferSettings transfer, BlobMeters meters)
            throws IOException {
        HttpClient client = client(tls);
        return new NodeFiles(
                WorkerHome.take(config.data()),
                config.seesRunFolders(),
                transfer.cacheBytes(),
                server -> new BlobClient(client, server, config.http().token(), transfer, meters));
    }

    private static HttpClient client(Optional<SSLContext> tls) {
        HttpClient.Builder builder = HttpClient.newBuilder();
        tls.ifPresent(builder::sslContext);
        return builder.build();
    }

    private static MetricsServer serve(HttpConfig config, Optional<SSLContext> tls, Supplier<Optional<String>> unready)
            throws IOException {
        try {
            return MetricsServer.start(config.host(), config.port(), tls, unready);
        } catch (IOException e) {
            throw new IOException(
                    "the HTTP port " + config.host() + ":" + config.port() + " cannot be bound: " + e.getMessage(), e);
        }
    }

    private static Optional<String> unengaged(AtomicInteger coordinators) {
        return coordinators.get() > 0 ? Optional.empty() : Optional.of("no coordinator knows this worker yet");
    }

    private static String name() {
        long process = ProcessHandle.current().pid();
        try {
            return InetAddress.getLocalHost().getHostName() + "-" + process;
        } catch (UnknownHostException e) {
            // A machine that cannot resolve its own name still has one.
            return "localhost-" + process;
        }
    }

    public ClusterNode node() {
        return node;
    }

    /** How it answers Prometheus and supervisors: {@code http} or {@code https}. */
    public String httpScheme() {
        return scheme;
    }

    /** Where it answers Prometheus and supervisors. */
    public int httpPort() {
        return http.address().getPort();
    }

    /** Gives work back and leaves; completed when the node has stopped. */
    public CompletionStage<Done> leave() {
        return node.leave();
    }
}
