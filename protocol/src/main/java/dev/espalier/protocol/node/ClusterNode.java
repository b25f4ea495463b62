package dev.espalier.protocol.node;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * A node of the cluster: one actor system under one role. It looks for the coordinators until it finds one, in whatever
 * order nodes are started; a coordinator that is the first contact point begins a cluster if it finds none.
 */
public final class ClusterNode {
    public static final String NAME = "espalier";
    public static final String COORDINATOR = "coordinator";
    public static final String WORKER = "gpu-worker";

    private final ActorSystem<Void> system;

    private ClusterNode(ActorSystem<Void> system) {
        this.system = system;
    }

    /**
     * Starts the node. Joining goes on in the background.
     *
     * @param role {@link #COORDINATOR} or {@link #WORKER}
     * @param ownsProcess whether the process ends with the node
     * @param settings of the actor system, stronger than the usual ones
     * @throws dev.espalier.protocol.UserError if strangers would reach it, as {@link NodeConfig#refuseStrangers}
     */
    public static ClusterNode start(NodeConfig node, String role, boolean ownsProcess, Config settings) {
        node.refuseStrangers();
        Config base = ConfigFactory.load();
        Config tls = ConfigFactory.parseMap(node.tls().map(Tls::remoting).orElse(Map.of()));
        Config config = settings.withFallback(tls)
                .withFallback(ConfigFactory.parseMap(Map.of(
                        "pekko.remote.artery.canonical.hostname", node.address().host(),
                        "pekko.remote.artery.canonical.port", node.address().port(),
                        "pekko.cluster.roles", List.of(role),
                        "pekko.cluster.seed-nodes", seeds(node, role),
                        "pekko.cluster.split-brain-resolver.static-quorum.quorum-size", node.quorum(),
                        // Runs begin when there is a quorum: a first contact point that is cut off begins nothing.
                        "pekko.cluster.role.coordinator.min-nr-of-members", node.quorum(),
                        "pekko.coordinated-shutdown.phases.before-service-unbind.timeout", node.leaveSeconds() + " s",
                        "pekko.coordinated-shutdown.exit-jvm", ownsProcess,
                        "pekko.coordinated-shutdown.run-by-jvm-shutdown-hook", ownsProcess)))
                .withFallback(base.getConfig("espalier.cluster-node"))
                .withFallback(base);
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), NAME, config);
        if (node.tls().isEmpty() && !node.address().isLoopback()) {
            system.log()
                    .warn(
                            "tls is off: whoever reaches port {} of {} can join the cluster or end this process",
                            node.address().port(),
                            node.address().host());
        }
        return new ClusterNode(system);
    }

    private static List<String> seeds(NodeConfig node, String role) {
        List<NodeAddress> contacts = node.coordinators().isEmpty() && role.equals(COORDINATOR)
                ? List.of(node.address())
                : node.coordinators();
        return contacts.stream()
                .map(contact -> "pekko://" + NAME + "@" + contact)
                .toList();
    }

    public ActorSystem<Void> system() {
        return system;
    }

    /** Where the others reach it, with the port that was chosen. */
    public NodeAddress address() {
        var address = Cluster.get(system).selfMember().address();
        return new NodeAddress(
                address.getHost().orElseThrow(), address.getPort().orElseThrow());
    }

    /** Why the node is no member that takes part; empty if it is. */
    public Optional<String> outside() {
        MemberStatus status = Cluster.get(system).selfMember().status();
        return status.equals(MemberStatus.up())
                ? Optional.empty()
                : Optional.of("not a member of the cluster yet: " + status);
    }

    /** Leaves the cluster as politely as on SIGTERM; completed when the actor system has stopped. */
    public CompletionStage<Done> leave() {
        // The shutdown gives its last phase up after a while; the system goes on stopping.
        return CoordinatedShutdown.get(system)
                .runAll(CoordinatedShutdown.actorSystemTerminateReason())
                .thenCompose(done -> system.getWhenTerminated());
    }
}
