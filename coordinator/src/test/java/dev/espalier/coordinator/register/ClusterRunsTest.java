package dev.espalier.coordinator.register;

import static dev.espalier.coordinator.TestCoordinator.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.coordinator.TestCoordinator;
import dev.espalier.coordinator.folder.RunRemoval;
import dev.espalier.coordinator.http.HttpSettings;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.RunCommand;
import dev.espalier.protocol.RunEntry;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the coordinator knows after it was stopped and started again, on the real journal. */
class ClusterRunsTest {
    @TempDir
    Path folder;

    /** Runs that a worker was asked to work for, in order. */
    private final BlockingQueue<String> worked = new LinkedBlockingQueue<>();

    private boolean lazy;

    @Test
    void unfinishedRunsGoOnByThemselvesAndTheOthersStayAsTheyWere() throws Exception {
        try (TestCoordinator first = start()) {
            first.runs().submit(run("done")).toCompletableFuture().get(1, TimeUnit.MINUTES);
            awaitStates(first, Map.of("done", "COMPLETED"));
            lazy = true;
            first.runs().submit(run("unfinished")).toCompletableFuture().get(1, TimeUnit.MINUTES);
            first.runs().submit(run("paused")).toCompletableFuture().get(1, TimeUnit.MINUTES);
            pause(first, "paused");
            awaitStates(first, Map.of("unfinished", "RUNNING", "paused", "PAUSED", "done", "COMPLETED"));
        }
        worked.clear();
        lazy = false;
        try (TestCoordinator second = start()) {
            awaitStates(second, Map.of("unfinished", "COMPLETED", "paused", "PAUSED", "done", "COMPLETED"));
            assertThat(worked).contains("unfinished").doesNotContain("paused", "done");
        }
    }

    @Test
    void aRunThatWasExpectedButNeverSubmittedIsForgottenAfterARestart() throws Exception {
        try (TestCoordinator first = start()) {
            // a run that refuses itself was expected before it was asked
            RunEntry never = new RunEntry(
                    "never", folder.resolve("never").toString(), "PENDING", "", Instant.EPOCH, Optional.empty());
            assertThatThrownBy(() -> first.runs()
                            .command(never, RunCommand.Pause::new)
                            .toCompletableFuture()
                            .get(1, TimeUnit.MINUTES))
                    .hasMessageContaining("no such run");
            assertThat(states(first)).containsEntry("never", "PENDING");
        }
        try (TestCoordinator second = start()) {
            awaitStates(second, Map.of());
        }
    }

    @Test
    void aRunThatIsBeingRemovedCannotBeSubmittedUntilItIsGone() throws Exception {
        try (TestCoordinator coordinator = start()) {
            coordinator.runs().submit(run("pear")).toCompletableFuture().get(1, TimeUnit.MINUTES);
            awaitStates(coordinator, Map.of("pear", "COMPLETED"));
            RunEntry pear = coordinator
                    .runs()
                    .find("pear")
                    .toCompletableFuture()
                    .join()
                    .run()
                    .orElseThrow();
            CompletionStage<RunRemoval> removal = coordinator.runs().remove(pear);
            assertThatThrownBy(() -> coordinator
                            .runs()
                            .submit(run("pear"))
                            .toCompletableFuture()
                            .get(1, TimeUnit.MINUTES))
                    .hasMessageContaining("run pear is being removed");
            removal.toCompletableFuture().get(1, TimeUnit.MINUTES);
            coordinator.runs().submit(run("pear")).toCompletableFuture().get(1, TimeUnit.MINUTES);
            awaitStates(coordinator, Map.of("pear", "COMPLETED"));
        }
    }

    @Test
    void aSubmitThatCannotBeWrittenLeavesNoRunThatNeverWas() throws Exception {
        try (TestCoordinator coordinator = start()) {
            ResolvedRun run = run("pear");
            Files.createDirectories(run.directory().resolve(RunLayout.CONFIG).resolve("in-the-way"));
            assertThatThrownBy(
                    () -> coordinator.runs().submit(run).toCompletableFuture().get(1, TimeUnit.MINUTES));
            assertThat(states(coordinator)).isEmpty();
        }
    }

    @Test
    void aSubmitThatWasInterruptedBeforeItsRunBeganCanBeSaidAgain() throws Exception {
        ResolvedRun run = run("pear");
        Path left = Files.createDirectories(run.directory()).resolve(RunLayout.CONFIG);
        Files.createDirectories(run.directory().resolve(BlobFolder.NAME));
        try (TestCoordinator coordinator = start()) {
            Files.writeString(left, run("plum").text());
            assertThatThrownBy(() ->
                            coordinator.runs().submit(run).toCompletableFuture().get(1, TimeUnit.MINUTES))
                    .hasMessageContaining("is not empty and holds no run of this coordinator");
            Files.writeString(left, run.text() + "\n");
            coordinator.runs().submit(run).toCompletableFuture().get(1, TimeUnit.MINUTES);
            awaitStates(coordinator, Map.of("pear", "COMPLETED"));
            assertThat(Files.readString(left)).isEqualTo(run.text());
        }
    }

    private TestCoordinator start() throws IOException {
        return TestCoordinator.start(folder, HttpSettings.local(0), this::script);
    }

    private Optional<Worker.Report> script(Assignment assignment) {
        worked.add(assignment.key().run());
        boolean ignores = lazy && assignment.key().stage().equals(Stage.PRUNE);
        // a report that nobody waits for: the assignment stays in flight
        return ignores ? Optional.of(new Worker.Progressed(assignment.key(), 0, 1, "steps")) : Optional.empty();
    }

    private ResolvedRun run(String name) {
        return RunConfigReader.submitted(config(name), folder.resolve("runs"));
    }

    private static void pause(TestCoordinator coordinator, String name) throws Exception {
        RunEntry entry = coordinator
                .runs()
                .find(name)
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES)
                .run()
                .orElseThrow();
        coordinator
                .runs()
                .command(entry, RunCommand.Pause::new)
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES);
    }

    private static Map<String, String> states(TestCoordinator coordinator) throws Exception {
        List<RunEntry> runs = coordinator
                .runs()
                .list("", 100)
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES)
                .runs();
        return runs.stream().collect(Collectors.toMap(RunEntry::run, RunEntry::state));
    }

    private static void awaitStates(TestCoordinator coordinator, Map<String, String> wanted) {
        TestProbe.create(coordinator.system()).awaitAssert(Duration.ofMinutes(1), () -> {
            try {
                assertThat(states(coordinator)).isEqualTo(wanted);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            return null;
        });
    }
}
