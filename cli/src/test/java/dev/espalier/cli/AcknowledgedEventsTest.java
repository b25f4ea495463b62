package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.journal.PostgresServer;
import dev.espalier.protocol.RunEvent;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator that is killed right after it acknowledged the last of fifty commands, each of which is an event. */
@Tag("endurance")
class AcknowledgedEventsTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int COMMANDS = 50;

    @TempDir
    Path folder;

    private final ActorTestKit kit = ActorTestKit.create("AcknowledgedEventsTest");

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    void allAreThereAgainOnSqlite() throws Exception {
        Path file = folder.resolve("coordinators/journal/journal.db");
        recoversAll(
                List.of(),
                new RunJournal(() -> DriverManager.getConnection("jdbc:sqlite:" + file), "tiny", kit.system()));
    }

    @Test
    void allAreThereAgainOnPostgres() throws Exception {
        try (PostgresServer database = PostgresServer.start()) {
            List<String> set = List.of(
                    "journal.url=\"" + database.url() + "\"",
                    "journal.user=" + PostgresServer.USER,
                    "journal.password=" + PostgresServer.PASSWORD);
            recoversAll(set, new RunJournal(database::connect, "tiny", kit.system()));
        }
    }

    private void recoversAll(List<String> set, RunJournal journal) throws Exception {
        TinyRun tiny = TinyRun.in(folder);
        try (NodeGroup nodes = new NodeGroup(folder, "acknowledged-events-test", 1, set)) {
            CoordinatorProcess coordinator = start(nodes);
            Cli submitted = Cli.run("submit", tiny.config(), "--url", coordinator.url(), "--set", "run.name=tiny");
            assertThat(submitted.code()).as(submitted.err()).isZero();
            List<Class<?>> acknowledged =
                    new ArrayList<>(List.of(RunEvent.Submitted.class, RunEvent.StageStarted.class));
            for (int i = 0; i < COMMANDS; i++) {
                boolean pauses = i % 2 == 0;
                String command = pauses ? "pause" : "resume";
                assertThat(coordinator
                                .post("/api/v1/runs/tiny/" + command)
                                .orElseThrow()
                                .statusCode())
                        .isEqualTo(200);
                acknowledged.add(pauses ? RunEvent.Paused.class : RunEvent.Resumed.class);
            }
            coordinator.node().kill();
            assertThat(journal.events().stream().<Class<?>>map(Object::getClass))
                    .containsExactlyElementsOf(acknowledged);
            CoordinatorProcess again = start(nodes);
            Eventually.holds(LONG, () -> again.state("tiny").orElse("").equals("RUNNING"));
        }
    }

    private CoordinatorProcess start(NodeGroup nodes) throws Exception {
        CoordinatorProcess coordinator = nodes.coordinator(0);
        Eventually.holds(LONG, coordinator::ready);
        return coordinator;
    }
}
