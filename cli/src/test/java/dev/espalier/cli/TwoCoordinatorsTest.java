package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.FreePort;
import dev.espalier.coordinator.journal.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two coordinators as processes, started at the same moment on one journal, each for itself. */
@Tag("endurance")
class TwoCoordinatorsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    Path folder;

    private final List<CoordinatorProcess> both = new ArrayList<>();

    @AfterEach
    void stop() throws InterruptedException {
        for (CoordinatorProcess coordinator : both) {
            coordinator.node().kill();
        }
    }

    @Test
    void ofTwoOnOneFileOneServesAndTheOtherEndsWithTheReason() throws Exception {
        List<String> set = List.of("data=" + folder.resolve("data"));
        start("sqlite", set, set);
        assertOneServes("in use by another process");
    }

    @Test
    void ofTwoOnOneDatabaseOneServesAndTheOtherEndsWithTheReason() throws Exception {
        try (PostgresServer database = PostgresServer.start()) {
            List<String> journal = List.of(
                    "journal.url=\"" + database.url() + "\"",
                    "journal.user=" + PostgresServer.USER,
                    "journal.password=" + PostgresServer.PASSWORD);
            start("postgres", with(journal, "one"), with(journal, "other"));
            assertOneServes("in use by another coordinator that knows nothing of this one");
            stop();
        }
    }

    private List<String> with(List<String> journal, String data) {
        List<String> set = new ArrayList<>(journal);
        set.add("data=" + folder.resolve(data));
        return set;
    }

    private void start(String name, List<String> one, List<String> other) throws IOException {
        Path logs = Files.createDirectories(Path.of("target/nodes/two-coordinators"));
        for (List<String> set : List.of(one, other)) {
            Path log = logs.resolve(name + "-" + both.size() + ".log");
            both.add(CoordinatorProcess.start(log, FreePort.find(), FreePort.find(), set));
        }
    }

    private void assertOneServes(String reason) throws Exception {
        Eventually.holds(
                LONG, () -> both.stream().anyMatch(one -> !one.node().process().isAlive()));
        CoordinatorProcess ended = both.stream()
                .filter(one -> !one.node().process().isAlive())
                .findFirst()
                .orElseThrow();
        assertThat(ended.node().process().exitValue()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(Files.readString(ended.node().log())).contains(reason);
        CoordinatorProcess other = both.get(1 - both.indexOf(ended));
        Eventually.holds(LONG, other::ready);
        assertThat(other.node().process().isAlive()).isTrue();
    }
}
