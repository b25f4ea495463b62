package dev.espalier.coordinator.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.coordinator.H2Journal;
import dev.espalier.coordinator.Run;
import dev.espalier.coordinator.RunListener;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.monitoring.AdminServer;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.node.ClusterNode;
import dev.espalier.protocol.node.CoordinatorConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef;

/**
 * A coordinator: journal, workforce, runs, and the port for supervisors, wired together. Runs that were under way when it
 * stopped go on by themselves.
 */
public final class CoordinatorNode {
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(1);

    private final ClusterNode node;
    private final ActorRef<Workforce.Command> workforce;
    private final AdminServer admin;

    private CoordinatorNode(ClusterNode node, ActorRef<Workforce.Command> workforce, AdminServer admin) {
        this.node = node;
        this.workforce = workforce;
        this.admin = admin;
    }

    /**
     * Starts the node; joining the cluster goes on in the background.
     *
     * @param ownsProcess whether the process ends with the node
     * @param listeners who hears of a run's progress, by the run's name
     * @throws IOException if the journal cannot be opened, or a port cannot be bound
     */
    public static CoordinatorNode start(
            CoordinatorConfig config, boolean ownsProcess, Function<String, RunListener> listeners) throws IOException {
        H2Journal journal = new H2Journal(config.data().resolve("journal"));
        journal.createSchema();
        Config settings = journal.config().withFallback(ConfigFactory.load().getConfig("espalier.runs"));
        ClusterNode node = ClusterNode.start(config.node(), ClusterNode.COORDINATOR, ownsProcess, settings);
        ActorSystem<Void> system = node.system();
        Duration lease = system.settings().config().getDuration("espalier.coordinator.worker-lease");
        ActorRef<Workforce.Command> workforce = system.systemActorOf(
                Workforce.create(new Workforce.Settings(lease, false)), "workforce", Props.empty());
        initRuns(system, workforce, listeners);
        system.systemActorOf(UnfinishedRuns.create(() -> runs(journal)), "unfinished-runs", Props.empty());
        AdminServer admin = AdminServer.start(
                config.node().admin().host(), config.node().admin().port(), () -> node.outside()
                        .or(journal::unwritable));
        CoordinatedShutdown.get(system)
                .addTask(CoordinatedShutdown.PhaseBeforeActorSystemTerminate(), "close-admin", () -> {
                    admin.close();
                    return CompletableFuture.completedFuture(Done.getInstance());
                });
        return new CoordinatorNode(node, workforce, admin);
    }

    private static List<String> runs(H2Journal journal) {
        try {
            return journal.entities(Run.TYPE.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void initRuns(
            ActorSystem<Void> system, ActorRef<Workforce.Command> workforce, Function<String, RunListener> listeners) {
        Config config = system.settings().config();
        Duration backoff = config.getDuration("espalier.coordinator.restart-backoff");
        ClusterSharding.get(system)
                .init(Entity.of(
                                Run.TYPE,
                                entity -> Run.create(
                                        entity.getEntityId(),
                                        new Run.Setup(
                                                workforce,
                                                listeners.apply(entity.getEntityId()),
                                                RunConfigReader::parse,
                                                Path::of,
                                                config.getDuration("espalier.coordinator.retry-backoff"),
                                                Optional.of(SupervisorStrategy.restartWithBackoff(
                                                        backoff, LONGEST_BACKOFF, 0.1)),
                                                Clock.systemUTC())))
                        .withEntityProps(DispatcherSelector.blocking()));
    }

    /** The run of that name, whether it was submitted or not. */
    public EntityRef<RunCommand> run(String name) {
        return ClusterSharding.get(node.system()).entityRefFor(Run.TYPE, name);
    }

    public ActorRef<Workforce.Command> workforce() {
        return workforce;
    }

    public ClusterNode node() {
        return node;
    }

    public int adminPort() {
        return admin.port();
    }
}
