package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.mix.DomainMix;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.data.Cursor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Targeted pruning and continued pre-training by two workers that send rounded changes, on texts whose shares follow their
 * losses, while the coordinator is killed: all that was handed out stands in the journal.
 */
@Tag("endurance")
class ShearedClusterTest {
    private static final Duration LONG = Duration.ofMinutes(3);
    private static final int BATCH = 2;

    @TempDir
    Path folder;

    private final ActorTestKit kit = ActorTestKit.create("ShearedClusterTest");
    private final List<NodeProcessHandle> nodes = new ArrayList<>();

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
        for (NodeProcessHandle node : nodes) {
            node.process().destroyForcibly().onExit().join();
        }
    }

    @Test
    void sharesAfterTheCoordinatorWasKilledAreTheJournaledOnesAndNoRowIsTrainedTwice() throws Exception {
        TinyRun tiny = TinyRun.in(Files.createDirectory(folder.resolve("run")));
        Path logs = Files.createDirectories(Path.of("target/nodes/sheared-cluster"));
        int port = FreePort.find();
        int http = FreePort.find();
        Path data = folder.resolve("coordinator");
        CoordinatorProcess coordinator = coordinator(logs.resolve("coordinator.log"), port, http, data);
        for (String name : new String[] {"first", "second"}) {
            nodes.add(NodeProcessHandle.start(
                    logs.resolve(name + ".log"),
                    "worker",
                    "--coordinator",
                    "127.0.0.1:" + port,
                    "--set",
                    "name=" + name,
                    "--set",
                    "data=" + folder.resolve("workers"),
                    "--set",
                    "see-run-folders=false"));
        }
        submit(tiny, coordinator);
        String database = "jdbc:sqlite:" + data.resolve("journal/journal.db").toAbsolutePath();
        RunJournal journal = new RunJournal(() -> DriverManager.getConnection(database), "tiny", kit.system());
        Eventually.holds(
                LONG, () -> Files.exists(data.resolve("journal/journal.db")) && mergedIn(journal, Stage.PRETRAIN) >= 4);
        coordinator.node().kill();
        coordinator(logs.resolve("coordinator-again.log"), port, http, data);
        Eventually.holds(LONG, () -> coordinator.state("tiny").equals(Optional.of("COMPLETED")));

        List<RunEvent> events = journal.events();
        assertThat(mixes(events)).as("shares have moved").hasSizeGreaterThan(4);
        assertSharesAreTheNotes(events);
        assertNoRowIsTrainedTwice(events);
        assertThat(events.stream()
                        .filter(RunEvent.Merged.class::isInstance)
                        .map(event -> ((RunEvent.Merged) event).result())
                        .filter(result -> result.delta()))
                .as("changes were sent, not students")
                .isNotEmpty();
    }

    private CoordinatorProcess coordinator(Path log, int port, int http, Path data) throws Exception {
        CoordinatorProcess coordinator = CoordinatorProcess.start(log, port, http, List.of("data=" + data));
        nodes.add(coordinator.node());
        Eventually.holds(LONG, coordinator::ready);
        return coordinator;
    }

    private void submit(TinyRun tiny, CoordinatorProcess coordinator) throws Exception {
        StringBuilder numbers = new StringBuilder();
        for (int i = 0; i < 3000; i++) {
            numbers.append(i * 31 % 97).append(" and ").append(i).append(". ");
        }
        Path cats = tiny.folder().resolve("cats.txt");
        Path counted = tiny.folder().resolve("numbers.txt");
        Files.writeString(
                cats, Files.readString(tiny.folder().resolve("text.txt")).repeat(20));
        Files.writeString(counted, numbers);
        String texts = "[{path=\"" + cats + "\", domain=cats}, {path=\"" + counted + "\", domain=numbers}]";
        List<Object> arguments = new ArrayList<>(
                List.of("submit", tiny.config(), "--url", coordinator.url().toString()));
        for (String set : new String[] {
            "run.name=tiny",
            "stages=[calibrate, prune, pretrain, export]",
            "data.train=" + texts,
            "data.validation=" + texts,
            "data.mix={kind=doremi, interval=6, rows=2, step-size=2}",
            "prune.method=sheared",
            "prune.steps=24",
            "prune.granularity=[ffn, layers]",
            "prune.sheared.shape={layers=2, intermediate=32}",
            "pretrain.steps=60",
            "pretrain.batch-size=" + BATCH,
            "cluster.inner-steps=3",
            "cluster.upload=bf16"
        }) {
            arguments.addAll(List.of("--set", set));
        }
        Cli result = Cli.run(arguments.toArray());
        assertThat(result.code()).as(result.err()).isZero();
    }

    private static long mergedIn(RunJournal journal, Stage stage) throws Exception {
        return journal.merged().stream()
                .filter(key -> key.stage().equals(stage))
                .count();
    }

    private static Stream<RunEvent.Noted> mixes(List<RunEvent> events) {
        return events.stream()
                .filter(RunEvent.Noted.class::isInstance)
                .map(RunEvent.Noted.class::cast)
                .filter(noted -> DomainMix.made(noted.note()));
    }

    private static void assertSharesAreTheNotes(List<RunEvent> events) {
        double cats = 0.5;
        Set<Long> known = new HashSet<>();
        Stage stage = Stage.PRUNE;
        for (RunEvent event : events) {
            if (event instanceof RunEvent.Noted noted && DomainMix.made(noted.note())) {
                cats = noted.note().numbers().get("share.cats");
            } else if (event instanceof RunEvent.Assigned assigned
                    && !assigned.slice().data().isNone()) {
                if (!assigned.key().stage().equals(stage)) {
                    stage = assigned.key().stage();
                    known.clear();
                }
                if (known.add(assigned.key().sequence())) {
                    List<Double> shares = assigned.slice().data().shares();
                    assertThat(shares.get(0) / (shares.get(0) + shares.get(1)))
                            .as(assigned.toString())
                            .isCloseTo(cats, Offset.offset(1e-12));
                }
            }
        }
    }

    private static void assertNoRowIsTrainedTwice(List<RunEvent> events) {
        Map<AssignmentKey, Slice> handedOut = new HashMap<>();
        Set<Cursor.Place> trained = new HashSet<>();
        for (RunEvent event : events) {
            if (event instanceof RunEvent.Assigned assigned) {
                handedOut.put(assigned.key(), assigned.slice());
            } else if (event instanceof RunEvent.Merged merged && merged.steps() > 0) {
                Slice slice = handedOut.get(merged.result().key());
                for (Cursor.Place place : slice.data().places(BATCH * merged.steps())) {
                    assertThat(trained.add(place)).as("%s of %s", place, slice).isTrue();
                }
            }
        }
        assertThat(trained).hasSize(BATCH * (24 + 60));
    }
}
