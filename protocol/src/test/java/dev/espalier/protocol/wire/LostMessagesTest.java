package dev.espalier.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LostMessagesTest {
    private static final Worker.Command MESSAGE = new Worker.Cancel(new AssignmentKey("run", Stage.PRUNE, 0, 1));

    private final ActorTestKit kit = ActorTestKit.create();
    private final Semaphore dropped = new Semaphore(0);
    private final Semaphore undelivered = new Semaphore(0);
    private final ActorRef<Object> listener = kit.spawn(LostMessages.create(dropped::release, undelivered::release));

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void aMessageToAWorkerThatIsGoneIsUndelivered() throws Exception {
        ActorRef<Worker.Command> gone = kit.spawn(Behaviors.<Worker.Command>stopped());
        TestProbe<Object> watcher = kit.createTestProbe();
        watcher.expectTerminated(gone);
        settle();

        gone.tell(MESSAGE);

        assertThat(undelivered.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        assertThat(dropped.availablePermits()).isZero();
    }

    @Test
    void aMessageThatAQueueDroppedIsDroppedAndOthersDoNotCount() throws Exception {
        settle();
        publish("something of somebody else's");
        publish(MESSAGE);

        assertThat(dropped.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        assertThat(dropped.availablePermits() + undelivered.availablePermits()).isZero();
    }

    private void publish(Object message) {
        kit.system().eventStream().tell(new EventStream.Publish<>(lost(message)));
    }

    private Dropped lost(Object message) {
        return Dropped.apply(message, "a full queue", Adapter.toClassic(listener));
    }

    /**
     * What is sent to the listener itself is answered when it has asked for its subscriptions; those are made in the
     * order in which they were asked for.
     */
    private void settle() throws InterruptedException {
        listener.tell(lost(MESSAGE));
        assertThat(dropped.tryAcquire(1, TimeUnit.MINUTES)).isTrue();
        TestProbe<Dropped> probe = kit.createTestProbe(Dropped.class);
        kit.system().eventStream().tell(new EventStream.Subscribe<>(Dropped.class, probe.ref()));
        publish("a canary");
        probe.expectMessageClass(Dropped.class, Duration.ofMinutes(1));
    }
}
