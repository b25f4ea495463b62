package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.journal.PostgresServer;
import dev.espalier.coordinator.journal.StoredEvent;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Coordinators and workers as processes, on one real PostgreSQL, with the tiny model. */
@Tag("endurance")
class FailOverTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final Stage[] STAGES = {Stage.CALIBRATE, Stage.PRUNE, Stage.RECOVER, Stage.EXPORT, Stage.EVALUATE};

    @TempDir
    Path folder;

    private final ActorTestKit kit = ActorTestKit.create("FailOverTest");
    private PostgresServer database;
    private RunJournal journal;
    private TinyRun tiny;
    private String name;
    private NodeGroup nodes;

    @BeforeEach
    void start(TestInfo test) throws Exception {
        name = test.getTestMethod().orElseThrow().getName();
        database = PostgresServer.start();
        journal = new RunJournal(database::connect, "tiny", kit.system());
        tiny = TinyRun.in(folder);
    }

    @AfterEach
    void stop() throws Exception {
        kit.shutdownTestKit();
        if (nodes != null) {
            nodes.close();
        }
        if (database != null) {
            database.close();
        }
    }

    @Test
    void anotherCoordinatorGoesOnWithTheRunOfOneThatIsKilledAndNothingIsLost() throws Exception {
        List<CoordinatorProcess> coordinators = new ArrayList<>(group(3).coordinators());
        Eventually.holds(LONG, () -> ready(coordinators));
        nodes.worker("first");
        nodes.worker("second");
        submit(coordinators.get(2), "prune.steps=240", "recover.steps=20");
        Eventually.holds(LONG, () -> journal.merged().size() >= 10);
        int host = executing(coordinators).orElseThrow();
        List<StoredEvent> before = journal.stored();
        coordinators.get(host).node().kill();
        Instant killed = Instant.now();
        Eventually.holds(LONG, () -> !journal.since(killed).isEmpty());
        Duration pause = Duration.between(killed, journal.since(killed).get(0).at());
        System.err.println("another coordinator went on after " + pause.toMillis() + " ms");
        assertThat(journal.all(RunEvent.StageCompleted.class).map(RunEvent.StageCompleted::stage))
                .as("the kill came in the middle of pruning")
                .containsExactly(Stage.CALIBRATE);
        coordinators.set(host, nodes.coordinator(host));
        Eventually.holds(LONG, () -> ready(coordinators));
        Eventually.holds(LONG, () -> state(coordinators.get(host)).equals("COMPLETED"));

        assertThat(journal.stored().stream().limit(before.size()).map(StoredEvent::at))
                .as("what was acknowledged is still there")
                .containsExactlyElementsOf(before.stream().map(StoredEvent::at).toList());
        assertThat(journal.stored().stream().map(StoredEvent::sequence))
                .as("in order, and without a gap")
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, journal.stored().size())
                                .boxed()
                                .toList());
        assertThat(journal.merged())
                .extracting(AssignmentKey::stage, AssignmentKey::sequence)
                .doesNotHaveDuplicates();
        assertThat(journal.all(RunEvent.StageStarted.class).map(RunEvent.StageStarted::stage))
                .as("no stage is done again")
                .containsExactly(STAGES);
        assertThat(journal.all(RunEvent.StageCompleted.class).map(RunEvent.StageCompleted::stage))
                .containsExactly(STAGES);
        assertNobodyGoesOnWithoutWhatItReturned();
        assertThat(pause).as("long beyond what the configuration allows").isLessThan(Duration.ofMinutes(1));
    }

    /** Else it would learn the same twice: its next version is to hold what it has just learnt. */
    private void assertNobodyGoesOnWithoutWhatItReturned() throws Exception {
        Map<Long, String> open = new HashMap<>();
        for (RunEvent event : journal.events()) {
            if (event instanceof RunEvent.Assigned assigned) {
                open.remove(assigned.key().sequence());
                assertThat(open.values()).as(assigned.toString()).doesNotContain(assigned.worker());
                open.put(assigned.key().sequence(), assigned.worker());
            } else if (event instanceof RunEvent.Merged merged) {
                open.remove(merged.result().key().sequence());
            } else if (event instanceof RunEvent.AttemptFailed failed) {
                open.remove(failed.key().sequence());
            } else if (event instanceof RunEvent.StageStarted) {
                open.clear();
            }
        }
    }

    @Test
    void aDatabaseThatGoesAwayIsToldAndTheRunGoesOnWhenItIsBack() throws Exception {
        CoordinatorProcess coordinator = group(1).coordinator(0);
        Eventually.holds(LONG, coordinator::ready);
        submit(coordinator, "prune.steps=160");
        Eventually.holds(LONG, () -> state(coordinator).equals("RUNNING"));
        database.pause();
        nodes.worker("worker");
        Eventually.holds(
                LONG, () -> Files.readString(coordinator.node().log()).contains("the journal cannot be written"));
        database.resume();
        Eventually.holds(LONG, () -> journal.merged().size() >= 5);
        database.pause();
        Eventually.holds(LONG, () -> says(coordinator, "cannot be written"));
        database.resume();
        Eventually.holds(LONG, coordinator::ready);
        Eventually.holds(LONG, () -> state(coordinator).equals("COMPLETED"));
        assertThat(journal.merged())
                .extracting(AssignmentKey::stage, AssignmentKey::sequence)
                .doesNotHaveDuplicates();
    }

    @Test
    void fewerCoordinatorsThanAQuorumBeginNothing() throws Exception {
        CoordinatorProcess first = group(3).coordinator(0);
        Eventually.holds(LONG, () -> says(first, "not a member of the cluster yet: Joining"));
        CoordinatorProcess second = nodes.coordinator(1);
        Eventually.holds(LONG, () -> ready(List.of(first, second)));
    }

    private NodeGroup group(int coordinators) throws IOException {
        nodes = new NodeGroup(
                folder,
                name,
                coordinators,
                List.of(
                        "journal.url=\"" + database.url() + "\"",
                        "journal.user=" + PostgresServer.USER,
                        "journal.password=" + PostgresServer.PASSWORD));
        return nodes;
    }

    private void submit(CoordinatorProcess coordinator, String... set) {
        List<Object> arguments = new ArrayList<>(List.of("submit", tiny.config(), "--url", coordinator.url()));
        arguments.addAll(List.of("--set", "run.name=tiny"));
        for (String setting : set) {
            arguments.addAll(List.of("--set", setting));
        }
        Cli submitted = Cli.run(arguments.toArray());
        assertThat(submitted.code()).as(submitted.err()).isZero();
    }

    private static boolean ready(List<CoordinatorProcess> coordinators) throws Exception {
        for (CoordinatorProcess coordinator : coordinators) {
            if (!coordinator.ready()) {
                return false;
            }
        }
        return true;
    }

    private static boolean says(CoordinatorProcess coordinator, String trouble) throws Exception {
        return coordinator
                .get("/ready")
                .filter(answer -> answer.statusCode() == 503 && answer.body().contains(trouble))
                .isPresent();
    }

    private static String state(CoordinatorProcess coordinator) throws Exception {
        return coordinator.state("tiny").orElse("");
    }

    private static Optional<Integer> executing(List<CoordinatorProcess> coordinators) throws Exception {
        for (int i = 0; i < coordinators.size(); i++) {
            if (coordinators.get(i).executes("tiny")) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }
}
