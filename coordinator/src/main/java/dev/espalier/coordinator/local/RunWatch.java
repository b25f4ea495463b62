package dev.espalier.coordinator.local;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.protocol.RunCommand;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Tells the listener when a run's entity stops, which it does only when its journal or folder fails: nobody else
 * would hear of it.
 */
final class RunWatch {
    /** This is the entity to watch. */
    record Watch(ActorRef<RunCommand> run) implements NoSerializationVerificationNeeded {}

    private RunWatch() {}

    static Behavior<Watch> create(RunListener listener) {
        return Behaviors.receive(Watch.class)
                .onMessage(
                        Watch.class,
                        watch -> Behaviors.setup(context -> {
                            context.watch(watch.run());
                            return Behaviors.receive(Watch.class)
                                    .onSignal(Terminated.class, stopped -> {
                                        listener.broken(new IllegalStateException(
                                                "the run stopped unexpectedly, most likely because its journal could"
                                                        + " not be written: see the log"));
                                        return Behaviors.stopped();
                                    })
                                    .build();
                        }))
                .build();
    }
}
