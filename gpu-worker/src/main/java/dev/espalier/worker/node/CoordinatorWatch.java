package dev.espalier.worker.node;

import dev.espalier.protocol.node.ClusterNode;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;

/**
 * Ends a worker's membership when the last coordinator left the cluster: one that comes back begins a cluster of its own,
 * and can only be found by looking for it anew. Ends the worker if none was found for very long.
 */
final class CoordinatorWatch {
    /** The cluster has no coordinator any more. */
    static final class Deserted implements CoordinatedShutdown.Reason {}

    /** None was found; {@code reference.conf} gives it an exit code. */
    static final class NobodyCame implements CoordinatedShutdown.Reason {}

    sealed interface Message extends NoSerializationVerificationNeeded {}

    private record Up(ClusterEvent.MemberUp event) implements Message {}

    private record Removed(ClusterEvent.MemberRemoved event) implements Message {}

    private enum Patience implements Message {
        OVER
    }

    private final ActorContext<Message> context;
    private final TimerScheduler<Message> timers;
    private final Duration patience;
    private final Set<Address> coordinators = new HashSet<>();

    private CoordinatorWatch(ActorContext<Message> context, TimerScheduler<Message> timers, Duration patience) {
        this.context = context;
        this.timers = timers;
        this.patience = patience;
    }

    /** @param patience how long to look for a coordinator */
    static Behavior<Message> create(Duration patience) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new CoordinatorWatch(context, timers, patience).watching()));
    }

    private Behavior<Message> watching() {
        timers.startSingleTimer(Patience.OVER, patience);
        Cluster cluster = Cluster.get(context.getSystem());
        ActorRef<ClusterEvent.MemberUp> up = context.messageAdapter(ClusterEvent.MemberUp.class, Up::new);
        ActorRef<ClusterEvent.MemberRemoved> gone =
                context.messageAdapter(ClusterEvent.MemberRemoved.class, Removed::new);
        cluster.subscriptions().tell(Subscribe.create(up, ClusterEvent.MemberUp.class));
        cluster.subscriptions().tell(Subscribe.create(gone, ClusterEvent.MemberRemoved.class));
        return Behaviors.receive(Message.class)
                .onMessage(Up.class, message -> up(message.event()))
                .onMessage(Removed.class, message -> removed(message.event()))
                .onMessage(Patience.class, over -> {
                    context.getLog().error("no coordinator was found for {}: the worker ends", patience);
                    CoordinatedShutdown.get(context.getSystem()).run(new NobodyCame());
                    return Behaviors.stopped();
                })
                .build();
    }

    private Behavior<Message> up(ClusterEvent.MemberUp event) {
        if (event.member().hasRole(ClusterNode.COORDINATOR)) {
            coordinators.add(event.member().address());
            timers.cancel(Patience.OVER);
        }
        return Behaviors.same();
    }

    private Behavior<Message> removed(ClusterEvent.MemberRemoved event) {
        if (coordinators.remove(event.member().address()) && coordinators.isEmpty()) {
            CoordinatedShutdown.get(context.getSystem()).run(new Deserted());
            return Behaviors.stopped();
        }
        return Behaviors.same();
    }
}
