package dev.espalier.cli.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.cli.Cli;
import dev.espalier.cli.Panels;
import dev.espalier.cli.Prometheus;
import dev.espalier.cli.PrometheusApi;
import dev.espalier.cli.TinyRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The services of the compose file do a run, watched by the Prometheus of the compose file. */
class ComposedClusterTest {
    private static final String TOKEN = "a-token-of-the-compose-test";

    /** Panels without data in a cluster that does well, and why. */
    private static final Map<String, String> EMPTY = Map.of("Multipliers", "only faithful mode has them");

    @TempDir
    Path folder;

    @Test
    void aRunOfTheComposedClusterIsSeenInEveryPanel() throws Exception {
        assumeTrue(
                Prometheus.program().isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null,
                "no prometheus on the PATH");
        assertThat(Prometheus.program()).as("prometheus on the PATH").isPresent();
        TinyRun run = TinyRun.in(Files.createDirectory(folder.resolve("models")));
        ComposeFile file = ComposeFile.read(
                ComposeFile.REPOSITORY.resolve("docker-compose.yml"),
                Map.of("ESPALIER_TOKEN", TOKEN, "ESPALIER_MODELS", run.folder().toString()));
        Map<String, Integer> replicas = new LinkedHashMap<>();
        replicas.put("worker", 2);
        replicas.put("prometheus", 1);
        replicas.put("coordinator", 1);
        Instant start = Instant.now();
        LocalCompose compose = LocalCompose.up(file, replicas, folder);
        try {
            compose.container("worker").awaitHealthy();
            compose.container("worker-2").awaitHealthy();
            compose.container("prometheus").awaitHealthy();
            PrometheusApi prometheus = new PrometheusApi(compose.address("prometheus", 9090));
            await(prometheus, "sum(espalier_workers)", 2, start);
            Cli submitted = Cli.run(
                    "submit",
                    run.config(),
                    "--url",
                    compose.address("coordinator", 7700),
                    "--token",
                    TOKEN,
                    "--set",
                    "run.name=tiny",
                    "--set",
                    "prune.steps=200",
                    "--set",
                    "recover.steps=100");
            assertThat(submitted.code()).as(submitted.err()).isZero();

            await(prometheus, "espalier_run_state{run=\"tiny\",state=\"completed\"}", 1, start);
            Instant end = Instant.now();
            assertThat(Panels.withoutData(prometheus, start, end))
                    .as("panels without data")
                    .isEqualTo(EMPTY.keySet());
            assertThat(prometheus.rules()).isNotEmpty().allSatisfy(rule -> assertThat(
                            rule.path("health").asText())
                    .as(rule.toString())
                    .isEqualTo("ok"));
            assertThat(prometheus.range("ALERTS{alertstate=\"firing\"}", start, end))
                    .as("alerts in a run that goes well")
                    .isEmpty();
            assertThat(compose.container("worker").stop())
                    .as("SIGTERM is an order to leave")
                    .isIn(0, 143);
        } finally {
            compose.down();
        }
    }

    private static void await(PrometheusApi prometheus, String query, double value, Instant start) throws Exception {
        Instant patience = Instant.now().plusSeconds(300);
        while (Panels.last(prometheus.range(query, start, Instant.now())) != value) {
            assertThat(Instant.now()).as(query).isBefore(patience);
            TimeUnit.MILLISECONDS.sleep(500);
        }
    }
}
