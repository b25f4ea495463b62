package dev.espalier.cli.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.cli.Cli;
import dev.espalier.cli.Eventually;
import dev.espalier.cli.Panels;
import dev.espalier.cli.Prometheus;
import dev.espalier.cli.PrometheusApi;
import dev.espalier.cli.TinyRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The services of the compose file do a run, watched by the Prometheus of the compose file. */
@Tag("endurance")
class ComposedClusterTest {
    private static final String TOKEN = "a-token-of-the-compose-test";

    @TempDir
    Path folder;

    @Test
    void aRunOfTheComposedClusterIsSeenInEveryPanel() throws Exception {
        assumeTrue(
                Prometheus.program().isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null,
                "no prometheus on the PATH");
        assertThat(Prometheus.program()).as("prometheus on the PATH").isPresent();
        TinyRun run = TinyRun.in(Files.createDirectory(folder.resolve("models")));
        Map<String, Integer> replicas = new LinkedHashMap<>();
        replicas.put("certificates", 1);
        replicas.put("worker", 2);
        replicas.put("prometheus", 1);
        replicas.put("coordinator", 1);
        Instant start = Instant.now();
        LocalCompose compose = LocalCompose.up(file(run), replicas, folder);
        try {
            compose.container("worker").awaitHealthy();
            compose.container("worker-2").awaitHealthy();
            compose.container("prometheus").awaitHealthy();
            PrometheusApi prometheus = new PrometheusApi(compose.address("prometheus", 9090));
            await(prometheus, "sum(espalier_workers)", 2, start);
            // Only this mode has multipliers; it does its steps one after the other, and so has no staleness.
            submit(compose, run, "tiny-faithful", "prune.faithful=true", "prune.gates.harden-at=1", "prune.steps=100");
            espalier(compose, "watch", "tiny-faithful");
            submit(compose, run, "tiny", "prune.steps=200", "recover.steps=100");

            await(prometheus, "espalier_run_state{run=\"tiny\",state=\"completed\"}", 1, start);
            Instant end = Instant.now();
            assertThat(Panels.withoutData(prometheus, start, end))
                    .as("panels without data: neither run has a mix or an exact shape")
                    .containsExactlyInAnyOrder(
                            "Shares of the texts", "Loss gaps of the texts", "Shape against its target");
            assertThat(prometheus.rules()).isNotEmpty().allSatisfy(rule -> assertThat(
                            rule.path("health").asText())
                    .as(rule.toString())
                    .isEqualTo("ok"));
            assertThat(Panels.alerts(prometheus, start, end))
                    .as("alerts in a run that goes well")
                    .isEmpty();
            assertThat(compose.container("worker").stop())
                    .as("SIGTERM is an order to leave")
                    .isIn(0, 143);
        } finally {
            compose.down();
        }
    }

    @Test
    void whatIsKilledIsStartedAgainAndTheRunGoesOnToItsEnd() throws Exception {
        TinyRun run = TinyRun.in(Files.createDirectory(folder.resolve("models")));
        Map<String, Integer> replicas = new LinkedHashMap<>();
        replicas.put("coordinator", 1);
        replicas.put("certificates", 1);
        replicas.put("worker", 1);
        LocalCompose compose = LocalCompose.up(file(run), replicas, folder);
        try {
            compose.container("worker").awaitHealthy();
            submit(compose, run, "tiny", "prune.steps=40");
            for (String name : List.of("worker", "coordinator")) {
                LocalContainer container = compose.container(name);
                container.kill();
                container.awaitHealthy();
                assertThat(container.starts()).as(name).isEqualTo(2);
            }
            espalier(compose, "watch", "tiny");
            assertThat(espalier(compose, "status", "tiny", "--json").out()).contains("COMPLETED");
        } finally {
            compose.down();
        }
    }

    private static ComposeFile file(TinyRun run) throws IOException {
        return ComposeFile.read(
                ComposeFile.REPOSITORY.resolve("docker-compose.yml"),
                Map.of("ESPALIER_TOKEN", TOKEN, "ESPALIER_MODELS", run.folder().toString()));
    }

    private static void submit(LocalCompose compose, TinyRun run, String name, String... set) {
        List<Object> arguments = new ArrayList<>(List.of("submit", run.config(), "--set", "run.name=" + name));
        for (String override : set) {
            arguments.addAll(List.of("--set", override));
        }
        espalier(compose, arguments.toArray());
    }

    private static Cli espalier(LocalCompose compose, Object... command) {
        List<Object> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--url", compose.address("coordinator", 7700), "--token", TOKEN));
        Cli result = Cli.run(arguments.toArray());
        assertThat(result.code()).as(result.err()).isZero();
        return result;
    }

    private static void await(PrometheusApi prometheus, String query, double value, Instant start) throws Exception {
        Eventually.holds(
                Duration.ofMinutes(5), () -> Panels.last(prometheus.range(query, start, Instant.now())) == value);
    }
}
