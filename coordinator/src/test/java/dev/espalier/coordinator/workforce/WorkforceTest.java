package dev.espalier.coordinator.workforce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Capabilities;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.Worker;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One worker, and the test in the place of runs. */
class WorkforceTest {
    private final ActorTestKit kit = ActorTestKit.create("WorkforceTest");
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private ActorRef<Workforce.Command> workforce;

    @BeforeEach
    void start() {
        kit.spawn(idleWorker());
        workforce = kit.spawn(Workforce.create(
                new Workforce.Settings(Duration.ofMinutes(5), false), new WorkforceMeters(new Meters(registry))));
    }

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void aRunThatBeginsAnewIsOfferedAgainWhatItHadNotAnswered() {
        TestProbe<Workforce.News> run = enter("pear");
        workforce.tell(new Workforce.Want("pear", 1, Set.of()));
        Workforce.Offer unanswered = expectOffer(run);
        workforce.tell(new Workforce.Enter("pear", run.ref()));
        workforce.tell(new Workforce.Want("pear", 1, Set.of()));
        assertThat(expectOffer(run).number()).isNotEqualTo(unanswered.number());
    }

    @Test
    void whatARunHadNotAnsweredWhenItWentIsOfferedToAnother() {
        TestProbe<Workforce.News> first = enter("pear");
        workforce.tell(new Workforce.Want("pear", 1, Set.of()));
        expectOffer(first);
        TestProbe<Workforce.News> second = enter("plum");
        workforce.tell(new Workforce.Want("plum", 1, Set.of()));
        first.stop();
        expectOffer(second);
    }

    @Test
    void aWorkerThatARunShunsIsOfferedToAnotherThatWantsMore() {
        TestProbe<Workforce.News> first = enter("pear");
        workforce.tell(new Workforce.Want("pear", 1, Set.of("idle")));
        TestProbe<Workforce.News> second = enter("plum");
        workforce.tell(new Workforce.Want("plum", 2, Set.of()));
        Workforce.Offer offer = expectOffer(second);
        workforce.tell(new Workforce.Want("pear", 1, Set.of()));
        workforce.tell(new Workforce.Decline(offer.number()));
        expectOffer(first);
    }

    @Test
    void aLeaseIsMeasuredByAClockThatNobodySets() {
        AtomicLong nanoTime = new AtomicLong(-5);
        Duration lease = Duration.ofMillis(400);
        workforce = kit.spawn(Workforce.create(
                new Workforce.Settings(lease, false), new WorkforceMeters(Meters.none()), nanoTime::get));
        TestProbe<Workforce.News> run = enter("pear");
        workforce.tell(new Workforce.Want("pear", 1, Set.of()));
        AssignmentKey key = new AssignmentKey("pear", Stage.PRUNE, 0, 1);
        workforce.tell(new Workforce.Hand(
                expectOffer(run).number(),
                Assignment.inFolder(
                        key, "", "/pear", Work.once(Work.Kind.BUILD, "scores", Work.Reads.NOTHING, Optional.empty()))));
        nanoTime.addAndGet(lease.toNanos());
        TestProbe<Workforce.Workers> count = kit.createTestProbe();
        workforce.tell(new Workforce.GetWorkers(count.ref()));
        assertThat(count.receiveMessage().workers())
                .as("however many looks there were, no time has gone by")
                .allMatch(worker -> worker.working().equals(Optional.of(key)));
        nanoTime.incrementAndGet();
        Workforce.Lost lost = (Workforce.Lost) run.receiveMessage(Duration.ofSeconds(20));
        assertThat(lost.key()).isEqualTo(key);
        assertThat(lost.cause()).contains("worker idle was silent");
    }

    @Test
    void whoWorksForAnotherCoordinatorIsBusyAndNotFree() {
        AssignmentKey elsewhere = new AssignmentKey("quince", Stage.PRUNE, 0, 1);
        kit.spawn(worker("busy", Optional.of(elsewhere)));
        TestProbe<Workforce.Workers> told = kit.createTestProbe();
        told.awaitAssert(Duration.ofSeconds(20), () -> {
            workforce.tell(new Workforce.GetWorkers(told.ref()));
            assertThat(told.receiveMessage().workers())
                    .anyMatch(worker -> worker.working().equals(Optional.of(elsewhere)));
            return null;
        });
        told.awaitAssert(Duration.ofSeconds(20), () -> {
            assertThat(counted("busy")).isOne();
            assertThat(counted("unavailable")).isZero();
            return null;
        });
    }

    private double counted(String state) {
        return registry.get("espalier.workers").tag("state", state).gauge().value();
    }

    private TestProbe<Workforce.News> enter(String run) {
        TestProbe<Workforce.News> probe = kit.createTestProbe();
        workforce.tell(new Workforce.Enter(run, probe.ref()));
        return probe;
    }

    private static Workforce.Offer expectOffer(TestProbe<Workforce.News> run) {
        Workforce.News news = run.receiveMessage(Duration.ofSeconds(20));
        while (news instanceof Workforce.Headcount) {
            news = run.receiveMessage(Duration.ofSeconds(20));
        }
        return (Workforce.Offer) news;
    }

    private static Behavior<Worker.Command> idleWorker() {
        return worker("idle", Optional.empty());
    }

    private static Behavior<Worker.Command> worker(String name, Optional<AssignmentKey> working) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(Worker.SERVICE, context.getSelf()));
            Worker.Present present =
                    new Worker.Present(name, context.getSelf(), new Capabilities("test", "cpu", 1, 1), working, false);
            return Behaviors.receive(Worker.Command.class)
                    .onMessage(Worker.Engage.class, engage -> {
                        engage.replyTo().tell(present);
                        return Behaviors.same();
                    })
                    .build();
        });
    }
}
