package dev.espalier.protocol.wire;

import dev.espalier.protocol.WireMessage;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Hears of Espalier's messages that the cluster lost, of which neither sender nor receiver learns. Messages of Pekko's
 * own, which come and go with every shutdown, do not count.
 */
public final class LostMessages {
    private LostMessages() {}

    /**
     * One for each node.
     *
     * @param dropped told of each message that a full queue or a size limit dropped
     * @param undelivered told of each message to an actor that is not there
     */
    public static Behavior<Object> create(Runnable dropped, Runnable undelivered) {
        return Behaviors.setup(context -> {
            var events = context.getSystem().eventStream();
            events.tell(
                    new EventStream.Subscribe<>(Dropped.class, context.getSelf().narrow()));
            events.tell(new EventStream.Subscribe<>(
                    DeadLetter.class, context.getSelf().narrow()));
            return Behaviors.receive(Object.class)
                    .onMessage(Dropped.class, lost -> {
                        count(lost.message(), dropped);
                        return Behaviors.same();
                    })
                    .onMessage(DeadLetter.class, lost -> {
                        count(lost.message(), undelivered);
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    private static void count(Object message, Runnable lost) {
        if (message instanceof WireMessage) {
            lost.run();
        }
    }
}
