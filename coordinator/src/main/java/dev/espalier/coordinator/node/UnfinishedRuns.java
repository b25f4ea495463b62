package dev.espalier.coordinator.node;

import dev.espalier.coordinator.Run;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.node.ClusterNode;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.SelfUp;
import org.apache.pekko.cluster.typed.Subscribe;
import org.apache.pekko.pattern.StatusReply;

/**
 * Wakes the runs that the journal knows as soon as this node is a member, and whenever a coordinator has gone: an entity
 * is only there once somebody speaks to it, and a run that is under way shall go on without being asked.
 */
final class UnfinishedRuns {
    sealed interface Event extends NoSerializationVerificationNeeded {}

    private record Up(SelfUp self) implements Event {}

    private record Removed(ClusterEvent.MemberRemoved member) implements Event {}

    private record Answered(StatusReply<RunStatus> status) implements Event {}

    private record Listed(List<String> runs, Throwable failure) implements Event {}

    private final ActorContext<Event> context;
    private final Supplier<List<String>> known;
    private final ActorRef<StatusReply<RunStatus>> answers;

    private UnfinishedRuns(ActorContext<Event> context, Supplier<List<String>> known) {
        this.context = context;
        this.known = known;
        answers = context.messageAdapter(statusReply(), Answered::new);
        Cluster cluster = Cluster.get(context.getSystem());
        cluster.subscriptions().tell(new Subscribe<>(context.messageAdapter(SelfUp.class, Up::new), SelfUp.class));
        cluster.subscriptions()
                .tell(new Subscribe<>(
                        context.messageAdapter(ClusterEvent.MemberRemoved.class, Removed::new),
                        ClusterEvent.MemberRemoved.class));
    }

    @SuppressWarnings("unchecked")
    private static Class<StatusReply<RunStatus>> statusReply() {
        return (Class<StatusReply<RunStatus>>) (Class<?>) StatusReply.class;
    }

    /** @param known the names of the journal's runs; may block */
    static Behavior<Event> create(Supplier<List<String>> known) {
        return Behaviors.setup(context -> new UnfinishedRuns(context, known).ready());
    }

    private Behavior<Event> ready() {
        return Behaviors.receive(Event.class)
                .onMessage(Up.class, up -> wake())
                .onMessage(Removed.class, this::removed)
                .onMessage(Answered.class, this::answered)
                .onMessage(Listed.class, this::listed)
                .build();
    }

    private Behavior<Event> removed(Removed message) {
        return message.member().member().hasRole(ClusterNode.COORDINATOR) ? wake() : Behaviors.same();
    }

    private Behavior<Event> wake() {
        context.pipeToSelf(
                CompletableFuture.supplyAsync(
                        known, context.getSystem().dispatchers().lookup(DispatcherSelector.blocking())),
                Listed::new);
        return Behaviors.same();
    }

    private Behavior<Event> listed(Listed message) {
        if (message.failure() != null) {
            context.getLog().error("the journal's runs cannot be listed: submit them again", message.failure());
            return Behaviors.same();
        }
        ClusterSharding sharding = ClusterSharding.get(context.getSystem());
        message.runs().forEach(run -> sharding.entityRefFor(Run.TYPE, run).tell(new RunCommand.GetStatus(answers)));
        return Behaviors.same();
    }

    private Behavior<Event> answered(Answered message) {
        if (message.status().isSuccess()) {
            RunStatus status = message.status().getValue();
            context.getLog().info("run {} is {}", status.run(), status.state());
        } else {
            context.getLog()
                    .warn(
                            "a run does not answer: {}",
                            message.status().getError().getMessage());
        }
        return Behaviors.same();
    }
}
