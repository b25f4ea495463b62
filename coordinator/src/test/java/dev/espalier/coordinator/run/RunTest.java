package dev.espalier.coordinator.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.FakeWorker;
import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.conduct.Patience;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.local.LocalCluster;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.simulation.VirtualStudents;
import dev.espalier.coordinator.workforce.Workforce;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.WorkforceMeters;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunStatus;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.pattern.StatusReply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** One run on the real journal, with the test in the worker's place. */
class RunTest {
    @TempDir
    static Path journal;

    private static LocalCluster cluster;

    @TempDir
    Path directory;

    private final RunConfigs config = new RunConfigs();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    private final RunListener listener = new RunListener() {
        @Override
        public void progressed(Stage stage, long done, long total, String what) {
            heard.add(what);
        }

        @Override
        public void attemptFailed(Stage stage, int attempt, String cause) {
            heard.add(cause);
        }

        @Override
        public void damaged(Stage stage, String cause) {
            heard.add("damaged " + stage.word() + ": " + cause);
        }

        @Override
        public void broken(Throwable cause) {
            heard.add("broken: " + cause.getMessage());
        }
    };

    private volatile String unreadable = "";
    private Patience patience = TestCoordinator.PATIENCE;
    private Clock clock = Clock.systemUTC();
    private TestProbe<Worker.Command> worker;
    private ActorRef<Worker.Command> registered;
    private ActorRef<Workforce.Command> workforce;
    private TestProbe<StatusReply<RunStatus>> client;
    private String name;
    private ActorRef<RunCommand> run;

    @BeforeAll
    static void startCluster() throws IOException {
        cluster = LocalCluster.start(journal);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void submit(TestInfo test) {
        config.initialiseFrom = Optional.empty();
        worker = TestProbe.create(cluster.system());
        client = TestProbe.create(cluster.system());
        name = test.getTestMethod().orElseThrow().getName();
        workforce = cluster.system()
                .systemActorOf(
                        Workforce.create(
                                new Workforce.Settings(Duration.ofMinutes(5), false),
                                new WorkforceMeters(Meters.none())),
                        name + "-workforce",
                        Props.empty());
        registered = cluster.system().systemActorOf(probing("probe", worker.ref()), name + "-worker", Props.empty());
        run = spawn(name, name);
        assertThat(ask(ref -> new RunCommand.Submit(name, directory.toString(), "seed = 1", Optional.empty(), ref)))
                .isEqualTo("RUNNING");
    }

    @AfterEach
    void dismissTheWorker() {
        run.tell(new RunCommand.Cancel(client.ref()));
        client.receiveMessage();
        registered.tell(new Worker.Leave());
        worker.expectTerminated(registered);
    }

    /** A worker that leaves the work to the test. */
    private static Behavior<Worker.Command> probing(String name, ActorRef<Worker.Command> probe) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(Worker.SERVICE, context.getSelf()));
            return Behaviors.receive(Worker.Command.class)
                    .onMessage(Worker.Engage.class, engage -> {
                        engage.replyTo().tell(FakeWorker.present(name, context.getSelf()));
                        return Behaviors.same();
                    })
                    .onMessage(Worker.Leave.class, leave -> Behaviors.stopped())
                    .onAnyMessage(command -> {
                        probe.tell(command);
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    @Test
    void aResultUnderAStaleKeyIsDropped() throws IOException {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        AssignmentKey key = first.assignment().key();
        first.replyTo().tell(new Worker.Failed(new AssignmentKey(name, Stage.PRUNE, 0, 2), "stale", true));
        first.replyTo().tell(new Worker.Failed(new AssignmentKey(name, Stage.PRUNE, 1, 1), "stale", true));
        first.replyTo().tell(new Worker.Failed(new AssignmentKey("other", Stage.PRUNE, 0, 1), "stale", true));
        first.replyTo().tell(new Worker.Failed(new AssignmentKey(name, Stage.EXPORT, 0, 1), "stale", true));
        assertThat(key).isEqualTo(new AssignmentKey(name, Stage.PRUNE, 0, 1));
        finish(first);
        expectAssign(Stage.PRUNE, 1, 1);
    }

    @Test
    void aResultThatArrivesTwiceIsMergedOnce() throws IOException {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        finish(first);
        finish(first);
        assertThat(expectAssign(Stage.PRUNE, 1, 1).assignment().work().slice().firstStep())
                .isEqualTo(5);
        assertThat(status()).contains("\"version\" : 1");
    }

    @Test
    void pausingRecallsTheWorkAndResumingHandsItOutAgain() throws IOException {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        assertThat(ask(RunCommand.Pause::new)).isEqualTo("PAUSED");
        assertThat(worker.expectMessageClass(Worker.Cancel.class).key())
                .isEqualTo(first.assignment().key());
        finish(first);
        assertThat(status()).as("what was recalled is not merged").contains("\"student\" : null");
        assertThat(ask(RunCommand.Resume::new)).isEqualTo("RUNNING");
        Worker.Assign again = expectAssign(Stage.PRUNE, 0, 2);
        assertThat(again.assignment().work()).isEqualTo(first.assignment().work());
    }

    @Test
    void aCancelledRunIsOverForGood() {
        expectAssign(Stage.PRUNE, 0, 1);
        assertThat(ask(RunCommand.Cancel::new)).isEqualTo("CANCELLED");
        worker.expectMessageClass(Worker.Cancel.class);
        assertThat(refusal(RunCommand.Resume::new)).contains("cancelled for good");
    }

    @Test
    void aFailedStageCanBeSkippedIfTheLaterOnesDoWithoutIt() throws IOException {
        Worker.Assign pruning = expectAssign(Stage.PRUNE, 0, 1);
        fail(pruning);
        assertThat(awaitState("FAILED")).contains("on fire");
        assertThat(refusal(RunCommand.Skip::new)).contains("need prune");
        ask(RunCommand.Resume::new);
        Worker.Assign recovering = workUntil(Stage.RECOVER);
        fail(recovering);
        awaitState("FAILED");
        assertThat(ask(RunCommand.Skip::new)).isEqualTo("RUNNING");
        expectAssign(Stage.EXPORT, 0, 1);
        assertThat(status()).contains("SKIPPED");
    }

    @Test
    void whatOneWorkerCannotDoIsDoneByAnother() throws IOException {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        withAnother(TestProbe.create(cluster.system()), other -> {
            fail(first);
            Worker.Assign again = other.expectMessageClass(Worker.Assign.class);
            assertThat(again.assignment().key()).isEqualTo(new AssignmentKey(name, Stage.PRUNE, 0, 2));
            finish(again);
            // The one that is not fit gets nothing more, whoever is free.
            finish(other.expectMessageClass(Worker.Assign.class));
            other.expectMessageClass(Worker.Assign.class);
            worker.expectNoMessage();
            assertThat(status()).contains("\"version\" : 2");
        });
    }

    @Test
    void aStageFailsWhenNoWorkerCanDoItAndAllTryAgainWhenTheRunIsResumed() throws IOException {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        withAnother(worker, both -> {
            fail(first);
            fail(expectAssign(Stage.PRUNE, 0, 2));
            assertThat(awaitState("FAILED")).contains("on fire");
            assertThat(ask(RunCommand.Resume::new)).isEqualTo("RUNNING");
            finish(expectAssign(Stage.PRUNE, 0, 3));
        });
    }

    @Test
    void poisonedResultsAreNotAdoptedAndTheFaultNamesThem() throws Exception {
        BlobFolder blobs = BlobFolder.in(directory);
        BlobRef notFinite = VirtualStudents.writePoison(blobs, FakeWorker.TRAINABLES, 7);
        finish(expectAssign(Stage.PRUNE, 0, 1), notFinite);
        assertThat(heard.poll(1, TimeUnit.MINUTES))
                .isEqualTo("the worker returned a bad student: tensor masks.second holds NaN at 3");
        finish(expectAssign(Stage.PRUNE, 0, 2), new BlobRef("ab".repeat(32), 100));
        assertThat(heard.poll(1, TimeUnit.MINUTES)).contains("a student that is not there", "abababab");
        assertThat(status()).as("nothing was merged").contains("\"student\" : null");
        finish(expectAssign(Stage.PRUNE, 0, 3));
        expectAssign(Stage.PRUNE, 1, 1);
        assertThat(status()).contains("\"version\" : 1");
    }

    @Test
    void aWorkerThatReturnsPoisonIsNotAskedAgainWhileAnotherIsThere() throws Exception {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        withAnother(TestProbe.create(cluster.system()), other -> {
            finish(first, new BlobRef("ab".repeat(32), 100));
            Worker.Assign again = other.expectMessageClass(Worker.Assign.class);
            assertThat(again.assignment().key()).isEqualTo(new AssignmentKey(name, Stage.PRUNE, 0, 2));
            finish(again);
            other.expectMessageClass(Worker.Assign.class);
        });
    }

    @Test
    void aModelWithoutItsFilesFailsTheAttemptAndNotALaterStage() throws Exception {
        Worker.Assign compact = expectAssign(Stage.PRUNE, 0, 1);
        while (!compact.assignment().work().leg().equals("cut")) {
            finish(compact);
            compact = worker.expectMessageClass(Worker.Assign.class);
        }
        Worker.Done whole = done(compact);
        compact.replyTo().tell(new Worker.Done(with(whole.result(), List.of()), FakeWorker.MODEL));
        assertThat(heard.poll(1, TimeUnit.MINUTES)).isEqualTo("the worker returned no stages/prune/model/config.json");
        assertThat(awaitState("FAILED")).as("no worker can do it").contains("returned no stages/prune/model/config");
        ask(RunCommand.Resume::new);
        Path weights = directory.resolve("stages/prune/model/model.safetensors");
        Worker.Assign again = expectAssign(Stage.PRUNE, 6, 2);
        Worker.Done flipped = done(again);
        byte[] content = Files.readAllBytes(weights);
        content[content.length - 1] ^= 1;
        Files.write(weights, content);
        again.replyTo().tell(flipped);
        assertThat(heard.poll(1, TimeUnit.MINUTES))
                .isEqualTo("artefact stages/prune/model/model.safetensors is damaged: its SHA-256 differs");
        finish(expectAssign(Stage.PRUNE, 6, 3));
        expectAssign(Stage.RECOVER, 0, 1);
    }

    @Test
    void whatAWorkerHangsAtIsTakenFromItAndDoneByAnother() throws IOException {
        Worker.Assign before = expectAssign(Stage.PRUNE, 0, 1);
        Duration soon = Duration.ofMillis(300);
        patience = new Patience(Duration.ofMillis(1), Duration.ofSeconds(1), soon, soon);
        run = spawn(name, name + "-impatient");
        worker.expectMessageClass(Worker.Cancel.class);
        giveBack(before);
        Worker.Assign hung = worker.expectMessageClass(Worker.Assign.class);
        withAnother(TestProbe.create(cluster.system()), other -> {
            assertThat(worker.expectMessageClass(Worker.Cancel.class).key())
                    .isEqualTo(hung.assignment().key());
            Worker.Assign again = other.expectMessageClass(Worker.Assign.class);
            assertThat(again.assignment().work()).isEqualTo(hung.assignment().work());
            finish(again);
            // What it comes with in the end is stale.
            finish(hung);
            client.awaitAssert(() -> {
                assertThat(status()).contains("\"version\" : 1");
                return true;
            });
            assertThat(heard).first().asString().matches("worker probe has told of no progress for \\d+ s");
        });
    }

    @Test
    void aWorkerThatReturnsEverythingAtOnceStarvesNobodyBesideIt() throws IOException {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        withAnother(TestProbe.create(cluster.system()), other -> {
            giveBack(first);
            Worker.Assign again = other.expectMessageClass(Worker.Assign.class);
            assertThat(again.assignment().key()).isEqualTo(new AssignmentKey(name, Stage.PRUNE, 0, 2));
        });
    }

    @Test
    void aClockThatLeapsHoursForthAndBackBreaksNothing() throws IOException {
        AtomicInteger looks = new AtomicInteger();
        Clock steady = Clock.systemUTC();
        clock = new Clock() {
            @Override
            public ZoneId getZone() {
                return steady.getZone();
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException();
            }

            @Override
            public Instant instant() {
                return steady.instant().plus(Duration.ofHours(looks.incrementAndGet() % 2 == 0 ? 9 : -9));
            }
        };
        finish(expectAssign(Stage.PRUNE, 0, 1));
        Worker.Assign second = expectAssign(Stage.PRUNE, 1, 1);
        run = spawn(name, name + "-leaping");
        worker.expectMessageClass(Worker.Cancel.class);
        giveBack(second);
        finish(expectAssign(Stage.PRUNE, 1, 2));
        finish(workUntil(Stage.RECOVER));
        expectAssign(Stage.RECOVER, 1, 1);
        assertThat(heard).isEmpty();
    }

    private interface WithAnother {
        void run(TestProbe<Worker.Command> other) throws IOException;
    }

    /** While a second worker is there, whose work the probe is given, and which leaves at the end. */
    private void withAnother(TestProbe<Worker.Command> other, WithAnother test) throws IOException {
        TestProbe<Workforce.Workers> count = TestProbe.create(cluster.system());
        ActorRef<Worker.Command> actor =
                cluster.system().systemActorOf(probing("other", other.ref()), name + "-other", Props.empty());
        try {
            count.awaitAssert(() -> {
                workforce.tell(new Workforce.GetWorkers(count.ref()));
                assertThat(count.receiveMessage().workers()).hasSize(2);
                return true;
            });
            test.run(other);
        } finally {
            actor.tell(new Worker.Leave());
            other.expectTerminated(actor);
        }
    }

    @Test
    void aStageIsDoneAgainOnRetryAndOldResultsStayStale() throws IOException {
        Worker.Assign recovering = workUntil(Stage.RECOVER);
        assertThat(ask(ref -> new RunCommand.Retry(Stage.PRUNE, OptionalInt.empty(), ref)))
                .isEqualTo("RUNNING");
        worker.expectMessageClass(Worker.Cancel.class);
        finish(recovering);
        Worker.Assign again = expectAssign(Stage.PRUNE, 0, 2);
        finish(again);
        expectAssign(Stage.PRUNE, 1, 2);
    }

    @Test
    void aResultThatCannotBeCheckedWhenNobodyWaitsForItAnyMoreBreaksNothing() throws Exception {
        config.outerRate = 0.5;
        ask(ref -> new RunCommand.Submit(
                name, directory.toString(), "seed = 1, evaluate.limit = 5", Optional.empty(), ref));
        finish(expectAssign(Stage.PRUNE, 0, 1));
        Worker.Assign second = expectAssign(Stage.PRUNE, 1, 1);
        CountDownLatch busy = keepBlockingThreadsBusy();
        try {
            // It is compared with the version that it started from, which the retry deletes.
            finish(second);
            second.replyTo().tell(new Worker.Progressed(second.assignment().key(), 1, 1, "all"));
            assertThat(heard.poll(1, TimeUnit.MINUTES)).isEqualTo("all");
            ask(ref -> new RunCommand.Retry(Stage.PRUNE, OptionalInt.empty(), ref));
        } finally {
            busy.countDown();
        }
        finish(expectAssign(Stage.PRUNE, 0, 2));
        expectAssign(Stage.PRUNE, 1, 2);
        assertThat(heard).isEmpty();
    }

    @Test
    void aRunWhoseOuterLearningRateChangedMergesByTheNewOne() throws IOException {
        BlobFolder blobs = BlobFolder.in(directory);
        finish(expectAssign(Stage.PRUNE, 0, 1));
        setOuterRate(0.5);
        finish(expectAssign(Stage.PRUNE, 1, 1), VirtualStudents.write(blobs, FakeWorker.TRAINABLES, 100));
        Worker.Assign third = expectAssign(Stage.PRUNE, 2, 1);
        float[] before = student();
        setOuterRate(0.25);
        BlobRef trained = VirtualStudents.write(blobs, FakeWorker.TRAINABLES, 200);
        finish(third, trained);
        expectAssign(Stage.PRUNE, 3, 1);
        float[] after = values(trained);
        for (int i = 0; i < after.length; i++) {
            after[i] = (float) (before[i] + 0.25 * ((double) after[i] - before[i]));
        }
        assertThat(student()).containsExactly(after);
    }

    private void setOuterRate(double rate) {
        config.outerRate = rate;
        // What the run reads is the rate; of the text it only sees that it is another.
        String text = "seed = 1, evaluate.limit = " + (int) (100 * rate);
        ask(ref -> new RunCommand.Submit(name, directory.toString(), text, Optional.empty(), ref));
    }

    private float[] student() throws IOException {
        String sha256 =
                new ObjectMapper().readTree(status()).at("/student/sha256").asText();
        long bytes = Files.size(directory
                .resolve(BlobFolder.NAME)
                .resolve(sha256.substring(0, 2))
                .resolve(sha256));
        return values(new BlobRef(sha256, bytes));
    }

    private float[] values(BlobRef student) throws IOException {
        try (FlatTensors tensors =
                FlatTensors.open(BlobFolder.in(directory).path(student), StudentTensors::isTrainable)) {
            float[] values = new float[Math.toIntExact(tensors.size())];
            tensors.read(values);
            return values;
        }
    }

    @Test
    void aStageGoesOnFromAVersionThatIsKept() throws IOException {
        finish(expectAssign(Stage.PRUNE, 0, 1));
        Worker.Assign second = expectAssign(Stage.PRUNE, 1, 1);
        finish(second);
        Worker.Assign third = expectAssign(Stage.PRUNE, 2, 1);
        assertThat(refusal(ref -> new RunCommand.Retry(Stage.PRUNE, OptionalInt.of(9), ref)))
                .contains("keeps no student version 9", "it keeps 1, 2");
        assertThat(ask(ref -> new RunCommand.Retry(Stage.PRUNE, OptionalInt.of(1), ref)))
                .isEqualTo("RUNNING");
        worker.expectMessageClass(Worker.Cancel.class);
        finish(third);
        Worker.Assign again = expectAssign(Stage.PRUNE, 1, 2);
        assertThat(again.assignment().work()).isEqualTo(second.assignment().work());
    }

    @Test
    void aRestartedEntityGoesOnWithTheAssignmentThatWasInFlight() throws IOException {
        finish(expectAssign(Stage.PRUNE, 0, 1));
        Worker.Assign lost = expectAssign(Stage.PRUNE, 1, 1);
        run = spawn(name, name + "-again");
        assertThat(worker.expectMessageClass(Worker.Cancel.class).key())
                .isEqualTo(lost.assignment().key());
        giveBack(lost);
        Worker.Assign again = expectAssign(Stage.PRUNE, 1, 2);
        assertThat(again.assignment().work()).isEqualTo(lost.assignment().work());
    }

    @Test
    void aRestartedEntityDoesTheStageAgainWhoseStudentIsDamaged() throws IOException {
        Worker.Assign first = expectAssign(Stage.PRUNE, 0, 1);
        finish(first);
        Worker.Assign lost = expectAssign(Stage.PRUNE, 1, 1);
        damageBlobs(blob -> true);
        run = spawn(name, name + "-again");
        worker.expectMessageClass(Worker.Cancel.class);
        giveBack(lost);
        expectAssign(Stage.PRUNE, 0, 2);
        assertThat(status()).contains("is damaged");
    }

    @Test
    void aFlippedByteInTheNewestStudentCostsWhatCameAfterTheNewestIntactVersion() throws Exception {
        finish(expectAssign(Stage.PRUNE, 0, 1));
        Worker.Assign second = expectAssign(Stage.PRUNE, 1, 1);
        finish(second);
        Worker.Assign lost = expectAssign(Stage.PRUNE, 2, 1);
        String newest =
                new ObjectMapper().readTree(status()).at("/student/sha256").asText();
        damageBlobs(newest::equals);
        run = spawn(name, name + "-again");
        worker.expectMessageClass(Worker.Cancel.class);
        giveBack(lost);
        Worker.Assign again = expectAssign(Stage.PRUNE, 1, 2);
        assertThat(again.assignment().work()).isEqualTo(second.assignment().work());
        assertThat(status()).contains("is damaged", "goes on from student version 1", "\"version\" : 3");
        assertThat(heard.poll(1, TimeUnit.MINUTES))
                .startsWith("damaged prune: ")
                .contains(newest);
    }

    @Test
    void aRunWhoseFolderIsAwayAltogetherIsNotBegunAgain() throws Exception {
        finish(expectAssign(Stage.PRUNE, 0, 1));
        Worker.Assign lost = expectAssign(Stage.PRUNE, 1, 1);
        Path away = Files.move(directory, directory.resolveSibling("away"));
        run = spawn(name, name + "-again");
        assertThat(heard.poll(1, TimeUnit.MINUTES)).startsWith("broken: ").contains("is it mounted?");
        Files.move(away, directory);
        run = spawn(name, name + "-mounted");
        worker.expectMessageClass(Worker.Cancel.class);
        giveBack(lost);
        assertThat(expectAssign(Stage.PRUNE, 1, 2).assignment().work())
                .isEqualTo(lost.assignment().work());
    }

    @Test
    void aRunWhoseConfigurationCannotBeReadAnyMoreSaysSoAndGoesOnWithAnother() throws IOException {
        finish(expectAssign(Stage.PRUNE, 0, 1));
        Worker.Assign lost = expectAssign(Stage.PRUNE, 1, 1);
        unreadable = "seed = 1";
        run = spawn(name, name + "-older");
        worker.expectMessageClass(Worker.Cancel.class);
        giveBack(lost);
        assertThat(awaitState("FAILED")).contains("cannot be read any more (prune.later is no key)");
        assertThat(refusal(RunCommand.Resume::new)).contains("prune.later is no key");
        assertThat(ask(ref -> new RunCommand.Submit(
                        name, directory.toString(), "seed = 1, evaluate.limit = 5", Optional.empty(), ref)))
                .isEqualTo("RUNNING");
        assertThat(expectAssign(Stage.PRUNE, 1, 2).assignment().work())
                .isEqualTo(lost.assignment().work());
        assertThat(heard).isEmpty();
    }

    @Test
    void aRunThatWasNeverSubmittedRefusesEverythingElse() {
        ActorRef<RunCommand> submitted = run;
        run = spawn("unheard-of", "unheard-of");
        assertThat(refusal(RunCommand.GetStatus::new)).contains("no such run");
        run = submitted;
    }

    /** Files are read and merged when the latch is open. */
    private static CountDownLatch keepBlockingThreadsBusy() {
        CountDownLatch busy = new CountDownLatch(1);
        Executor blocking = cluster.system().dispatchers().lookup(DispatcherSelector.blocking());
        int threads = cluster.system()
                .settings()
                .config()
                .getInt("pekko.actor.default-blocking-io-dispatcher.thread-pool-executor.fixed-pool-size");
        for (int i = 0; i < threads; i++) {
            blocking.execute(() -> {
                try {
                    busy.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        return busy;
    }

    /** The entity as a node would start it. */
    private ActorRef<RunCommand> spawn(String id, String actor) {
        Run.Setup setup = new Run.Setup(
                workforce,
                listener,
                this::read,
                TeachingMethod.STAGES,
                Path::of,
                Optional.empty(),
                patience,
                Optional.empty(),
                clock);
        return cluster.system().systemActorOf(Run.create(id, setup), actor, Props.empty());
    }

    private RunConfig read(String text) {
        if (text.equals(unreadable)) {
            throw new UserError("prune.later is no key");
        }
        return config.build();
    }

    private String ask(Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
        run.tell(command.apply(client.ref()));
        StatusReply<RunStatus> reply = client.receiveMessage();
        assertThat(reply.isSuccess()).as(reply::toString).isTrue();
        return reply.getValue().state();
    }

    private String refusal(Function<ActorRef<StatusReply<RunStatus>>, RunCommand> command) {
        run.tell(command.apply(client.ref()));
        return client.receiveMessage().getError().getMessage();
    }

    private String status() {
        run.tell(new RunCommand.GetStatus(client.ref()));
        return client.receiveMessage().getValue().manifest();
    }

    private String awaitState(String state) {
        return client.awaitAssert(() -> {
            String manifest = status();
            assertThat(manifest).contains("\"state\" : \"" + state + "\"");
            return manifest;
        });
    }

    private Worker.Assign expectAssign(Stage stage, long sequence, int attempt) {
        Worker.Assign assign = worker.expectMessageClass(Worker.Assign.class);
        assertThat(assign.assignment().key()).isEqualTo(new AssignmentKey(name, stage, sequence, attempt));
        return assign;
    }

    /** Does all work up to the first of that stage. */
    private Worker.Assign workUntil(Stage stage) throws IOException {
        Worker.Assign assign = worker.expectMessageClass(Worker.Assign.class);
        while (!assign.assignment().key().stage().equals(stage)) {
            finish(assign);
            assign = worker.expectMessageClass(Worker.Assign.class);
        }
        return assign;
    }

    private void damageBlobs(Predicate<String> which) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> which.test(file.getFileName().toString()))
                    .toList()) {
                byte[] content = Files.readAllBytes(file);
                content[0]++;
                Files.write(file, content);
            }
        }
    }

    private void finish(Worker.Assign assign) throws IOException {
        assign.replyTo().tell(done(assign));
    }

    private static Worker.Done done(Worker.Assign assign) throws IOException {
        return new Worker.Done(FakeWorker.result(assign.assignment(), assign.replyTo()), FakeWorker.MODEL);
    }

    /** Returns that student whatever the work made. */
    private static void finish(Worker.Assign assign, BlobRef student) throws IOException {
        WorkResult made = done(assign).result();
        assign.replyTo()
                .tell(new Worker.Done(
                        new WorkResult(
                                made.key(),
                                Optional.of(student),
                                made.expectedSparsity(),
                                made.artefacts(),
                                made.measurements()),
                        FakeWorker.MODEL));
    }

    private static WorkResult with(WorkResult made, List<Artefact> artefacts) {
        return new WorkResult(made.key(), made.student(), made.expectedSparsity(), artefacts, made.measurements());
    }

    private static void giveBack(Worker.Assign assign) {
        assign.replyTo().tell(new Worker.Returned(assign.assignment().key(), "cancelled"));
    }

    private static void fail(Worker.Assign assign) {
        assign.replyTo().tell(FakeWorker.failure(assign.assignment(), true));
    }
}
