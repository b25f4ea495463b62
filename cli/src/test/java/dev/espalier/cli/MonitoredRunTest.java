package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.coordinator.FreePort;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real run, read by a real Prometheus, and every question that dashboards and alerts ask. */
@Tag("endurance")
class MonitoredRunTest {
    /** Queries, by panel, that have no data in a run of one process, and why. */
    private static final Map<String, String> EMPTY_IN_ONE_PROCESS = Map.of(
            "Workers", "a local run has one worker and nobody who counts it",
            "Workers lost", "a local run ends with its worker",
            "Blobs refused", "a local run's files do not go over HTTP",
            "Staleness", "one worker is never stale",
            "Time of a merge", "the result of one worker is taken as it is",
            "Shares of the texts", "they stay what they are without data.mix",
            "Loss gaps of the texts", "nothing is measured without data.mix",
            "Shape against its target", "only sheared has one");

    @TempDir
    Path folder;

    @Test
    void everyPanelOfALocalRunHasDataAndEveryQueryIsUnderstood() throws Exception {
        assumeTrue(
                Prometheus.program().isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null,
                "no prometheus on the PATH");
        assertThat(Prometheus.program()).as("prometheus on the PATH").isPresent();
        TinyRun run = TinyRun.in(folder);
        int port = FreePort.find();
        try (Prometheus prometheus = Prometheus.start(folder, port)) {
            Instant start = Instant.now();
            Cli result = prune(run, port);
            // What was read last is seen from then on until the next reading fails.
            Instant end = Instant.now().plusSeconds(1);
            assertThat(result.code()).as(result.err()).isZero();

            awaitEndOfRun(prometheus, start, end);
            assertThat(Panels.withoutData(prometheus.api(), start, end))
                    .as("panels without data")
                    .isEqualTo(EMPTY_IN_ONE_PROCESS.keySet());
            assertThat(prometheus.api().rules()).isNotEmpty().allSatisfy(rule -> assertThat(
                            rule.path("health").asText())
                    .as(rule.toString())
                    .isEqualTo("ok"));
            assertThat(Panels.alerts(prometheus.api(), start, end))
                    .as("alerts in a run that goes well")
                    .isEmpty();
        }
    }

    /** In faithful mode, which has multipliers, and so long that each stage of training is read several times. */
    private static Cli prune(TinyRun run, int port) {
        ScheduledExecutorService collections = Executors.newSingleThreadScheduledExecutor();
        try {
            // A run this small makes hardly any garbage, but the panels of the collector shall have data.
            var unused = collections.scheduleAtFixedRate(System::gc, 2, 2, TimeUnit.SECONDS);
            return run.prune(
                    List.of("--port", "none", "--metrics-port", Integer.toString(port)),
                    "prune.faithful=true",
                    "prune.gates.harden-at=1",
                    "prune.steps=400",
                    "recover.steps=300");
        } finally {
            collections.shutdownNow();
        }
    }

    /** Prometheus takes a moment to store what it has read. */
    private static void awaitEndOfRun(Prometheus prometheus, Instant start, Instant end) throws Exception {
        Instant patience = Instant.now().plusSeconds(60);
        while (Panels.last(prometheus.api().range("espalier_run_state{state=\"completed\"}", start, end)) != 1) {
            assertThat(Instant.now()).as("the end of the run was read, too").isBefore(patience);
        }
    }
}
