package dev.espalier.worker.node;

import dev.espalier.protocol.Worker;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Holds the worker as long as the node lasts. A worker that stops without being told to has lost its device, and with it
 * the trust in its tensors: then the node ends, and is to be started again.
 */
final class LastingWorker {
    /** Why the node ends; {@code reference.conf} gives it an exit code. */
    static final class DeviceLost implements CoordinatedShutdown.Reason {}

    private final ActorContext<Worker.Command> context;
    private final ActorRef<Worker.Command> worker;
    private final CompletableFuture<Done> left;

    private LastingWorker(
            ActorContext<Worker.Command> context, Behavior<Worker.Command> worker, CompletableFuture<Done> left) {
        this.context = context;
        this.left = left;
        this.worker = context.spawn(worker, "actor");
        context.watch(this.worker);
    }

    /** @param left completed when the worker has stopped */
    static Behavior<Worker.Command> create(Behavior<Worker.Command> worker, CompletableFuture<Done> left) {
        return Behaviors.setup(context -> new LastingWorker(context, worker, left).lasting());
    }

    private Behavior<Worker.Command> lasting() {
        return Behaviors.receive(Worker.Command.class)
                .onMessage(Worker.Leave.class, leave -> {
                    worker.tell(leave);
                    return leaving();
                })
                .onSignal(Terminated.class, stopped -> {
                    left.complete(Done.getInstance());
                    context.getLog().error("the device is lost: the node stops, and should be started again");
                    CoordinatedShutdown.get(context.getSystem()).run(new DeviceLost());
                    return Behaviors.stopped();
                })
                .build();
    }

    private Behavior<Worker.Command> leaving() {
        return Behaviors.receive(Worker.Command.class)
                .onSignal(Terminated.class, stopped -> {
                    left.complete(Done.getInstance());
                    return Behaviors.stopped();
                })
                .build();
    }
}
