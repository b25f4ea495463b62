package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real run, read by a real Prometheus, and every question that dashboards and alerts ask. */
class MonitoredRunTest {
    private static final Path DASHBOARDS = Path.of("../monitoring/grafana/dashboards");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Queries, by panel, that have no data in a run of one process, and why. */
    private static final Map<String, String> EMPTY_IN_ONE_PROCESS = Map.of(
            "Workers", "a local run has one worker and nobody who counts it",
            "Workers lost", "a local run ends with its worker",
            "Staleness", "one worker is never stale",
            "Time of a merge", "the result of one worker is taken as it is");

    private static final Set<String> EMPTY_WITHOUT_A_GPU =
            Set.of("GPU in use", "GPU memory", "GPU temperature", "GPU power");

    @TempDir
    Path folder;

    @Test
    void everyPanelOfALocalRunHasDataAndEveryQueryIsUnderstood() throws Exception {
        assumeTrue(
                Prometheus.program().isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null,
                "no prometheus on the PATH");
        assertThat(Prometheus.program()).as("prometheus on the PATH").isPresent();
        TinyRun run = TinyRun.in(folder);
        int port = Prometheus.freePort();
        try (Prometheus prometheus = Prometheus.start(folder, port)) {
            Instant start = Instant.now();
            Cli result = prune(run, port);
            // What was read last is seen from then on until the next reading fails.
            Instant end = Instant.now().plusSeconds(1);
            assertThat(result.code()).as(result.err()).isZero();

            awaitEndOfRun(prometheus, start, end);
            Set<String> empty = new TreeSet<>();
            for (Panel panel : panels()) {
                for (String query : panel.queries()) {
                    if (!hasNumbers(prometheus.range(filledIn(query), start, end))) {
                        empty.add(panel.title());
                    }
                }
            }

            empty.removeAll(EMPTY_WITHOUT_A_GPU);
            assertThat(empty).as("panels without data").isEqualTo(EMPTY_IN_ONE_PROCESS.keySet());
            assertThat(prometheus.rules()).isNotEmpty().allSatisfy(rule -> assertThat(
                            rule.path("health").asText())
                    .as(rule.toString())
                    .isEqualTo("ok"));
            assertThat(prometheus.range("ALERTS{alertstate=\"firing\"}", start, end))
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
                    "prune.steps=400",
                    "recover.steps=300");
        } finally {
            collections.shutdownNow();
        }
    }

    /** Prometheus takes a moment to store what it has read. */
    private static void awaitEndOfRun(Prometheus prometheus, Instant start, Instant end) throws Exception {
        Instant patience = Instant.now().plusSeconds(60);
        while (last(prometheus.range("espalier_run_state{state=\"completed\"}", start, end)) != 1) {
            assertThat(Instant.now()).as("the end of the run was read, too").isBefore(patience);
        }
    }

    private record Panel(String title, List<String> queries) {}

    private static List<Panel> panels() throws IOException {
        List<Panel> panels = new ArrayList<>();
        try (Stream<Path> files = Files.list(DASHBOARDS)) {
            for (Path file : files.sorted().toList()) {
                for (JsonNode panel : JSON.readTree(file.toFile()).path("panels")) {
                    List<String> queries = panel.path("targets").findValuesAsText("expr");
                    panels.add(new Panel(panel.path("title").asText(), queries));
                }
            }
        }
        return panels;
    }

    /** As Grafana fills in its variables. */
    private static String filledIn(String query) {
        return query.replace("$__rate_interval", "10s").replace("$run", "tiny").replace("$instance", ".*");
    }

    private static boolean hasNumbers(JsonNode result) {
        for (JsonNode series : result) {
            for (JsonNode value : series.path("values")) {
                if (Double.isFinite(number(value))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static double last(JsonNode result) {
        JsonNode values = result.path(0).path("values");
        return number(values.path(values.size() - 1));
    }

    private static double number(JsonNode value) {
        String text = value.path(1).asText();
        return text.endsWith("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }
}
