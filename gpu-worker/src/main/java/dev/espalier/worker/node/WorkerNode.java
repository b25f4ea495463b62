package dev.espalier.worker.node;

import com.typesafe.config.Config;
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
import dev.espalier.worker.actor.WorkerActor;
import dev.espalier.worker.actor.WorkerCapabilities;
import dev.espalier.worker.transfer.BlobClient;
import dev.espalier.worker.transfer.TransferSettings;
import dev.espalier.worker.work.Repertoire;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: the actor that does assignments, and the port for supervisors, wired together. It outlasts its membership of a
 * cluster: when the coordinators are gone, or hold it for gone, it looks for them anew.
 */
public final class WorkerNode {
    private static final String HEARTBEAT = "espalier.worker.heartbeat";
    private static final int EXIT_FAILED = 1;
    private static final Logger LOG = LoggerFactory.getLogger(WorkerNode.class);

    private final WorkerConfig config;
    private final boolean ownsProcess;
    private final Repertoire repertoire;
    private final Config settings = ConfigFactory.load().getConfig("espalier.worker-membership");
    private final AtomicInteger coordinators = new AtomicInteger();
    private final String scheme;
    private final MetricsServer http;
    private final MessageMeters messages;
    private final NodeFiles files;
    private volatile Optional<ClusterNode> node = Optional.empty();

    private WorkerNode(WorkerConfig config, Repertoire repertoire, boolean ownsProcess) throws IOException {
        this.config = config;
        this.ownsProcess = ownsProcess;
        this.repertoire = repertoire;
        config.node().refuseStrangers();
        Optional<SSLContext> tls = Tls.http(config.node());
        scheme = tls.isPresent() ? "https" : "http";
        http = serve(config.http(), tls, this::unready);
        Meters meters = http.monitoring().meters();
        messages = new MessageMeters(meters, WireLimit::refused);
        files = files(config, tls, TransferSettings.from(ConfigFactory.load()), new BlobMeters(meters));
    }

    /**
     * Starts the node; looking for a coordinator goes on in the background.
     *
     * @param repertoire what the worker knows to do
     * @param ownsProcess whether the process ends with the node
     * @throws dev.espalier.protocol.UserError if a port would be open to others without a guard
     * @throws IOException if a port cannot be bound
     */
    public static WorkerNode start(WorkerConfig config, Repertoire repertoire, boolean ownsProcess) throws IOException {
        WorkerNode worker = new WorkerNode(config, repertoire, ownsProcess);
        worker.join();
        return worker;
    }

    /** Becomes a member of whichever cluster the coordinators make. */
    private void join() {
        coordinators.set(0);
        ClusterNode joining = ClusterNode.start(config.node(), ClusterNode.WORKER, ownsProcess, settings);
        node = Optional.of(joining);
        ActorSystem<Void> system = joining.system();
        system.systemActorOf(
                LostMessages.create(messages::dropped, messages::undelivered), "lost-messages", Props.empty());
        system.systemActorOf(CoordinatorWatch.create(config.patience()), "coordinator-watch", Props.empty());
        WorkerActor.Settings duties = new WorkerActor.Settings(
                config.name().isEmpty() ? name() : config.name(),
                WorkerCapabilities.ofThisProcess(),
                system.settings().config().getDuration(HEARTBEAT),
                coordinators::set,
                files,
                repertoire);
        CompletableFuture<Done> left = new CompletableFuture<>();
        ActorRef<Worker.Command> worker = system.systemActorOf(
                LastingWorker.create(
                        WorkerActor.create(duties, http.monitoring().meters()), left),
                "worker",
                Props.empty());
        CoordinatedShutdown shutdown = CoordinatedShutdown.get(system);
        shutdown.addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "give-work-back", () -> {
            worker.tell(new Worker.Leave());
            return left;
        });
        shutdown.addTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), "close-http", () -> {
            if (!cutOff(shutdown)) {
                http.close();
            }
            return CompletableFuture.completedFuture(Done.getInstance());
        });
        system.getWhenTerminated().thenRun(() -> {
            if (cutOff(shutdown)) {
                LOG.warn("the coordinators are gone, or cannot be reached: looking for them anew");
                new Thread(this::joinAgain, "rejoin").start();
            }
        });
    }

    private void joinAgain() {
        try {
            join();
        } catch (RuntimeException e) {
            LOG.error("the worker cannot join again", e);
            http.close();
            if (ownsProcess) {
                Runtime.getRuntime().exit(EXIT_FAILED);
            }
        }
    }

    /** Whether the node lost its cluster, rather than left it. */
    private static boolean cutOff(CoordinatedShutdown shutdown) {
        return shutdown.getShutdownReason()
                .filter(reason -> reason instanceof CoordinatorWatch.Deserted
                        || reason.equals(CoordinatedShutdown.clusterDowningReason()))
                .isPresent();
    }

    private Optional<String> unready() {
        return node.map(ClusterNode::outside)
                .orElse(Optional.of("it is starting"))
                .or(() -> coordinators.get() > 0
                        ? Optional.empty()
                        : Optional.of("no coordinator knows this worker yet"));
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
        return node.orElseThrow();
    }

    /** How it answers Prometheus and supervisors: {@code http} or {@code https}. */
    public String httpScheme() {
        return scheme;
    }

    /** Where it answers Prometheus and supervisors. */
    public int httpPort() {
        return http.address().getPort();
    }

    /**
     * Leaves, if it does not yet, while the process ends. What is computed when the time to leave is over is not waited for.
     *
     * @return whether the device is at rest: if not, nothing that it computes with may be taken away under it
     */
    public boolean comesToRest() {
        ActorSystem<Void> system = node().system();
        CoordinatedShutdown.get(system)
                .runAll(CoordinatedShutdown.jvmExitReason())
                .toCompletableFuture()
                .join();
        return system.getWhenTerminated().toCompletableFuture().isDone();
    }

    /** Gives work back and leaves; completed when the node has stopped. */
    public CompletionStage<Done> leave() {
        return node().leave();
    }
}
