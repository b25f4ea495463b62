package dev.espalier.monitoring.provisioned;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AlertsTest {
    private static final Path TESTS = Provisioned.PROMETHEUS.resolve("tests/alerts.yml");

    @Test
    void everyAlertHasAStoryOnWhichItFiresAndOneOnWhichItStaysQuiet() {
        Set<String> firing = new TreeSet<>();
        Set<String> quiet = new TreeSet<>();
        for (JsonNode story : Provisioned.read(TESTS).path("tests")) {
            for (JsonNode expected : story.path("alert_rule_test")) {
                (expected.path("exp_alerts").isEmpty() ? quiet : firing)
                        .add(expected.path("alertname").asText());
            }
        }
        assertThat(firing).containsExactlyInAnyOrderElementsOf(Provisioned.alerts());
        assertThat(quiet).containsExactlyInAnyOrderElementsOf(Provisioned.alerts());
    }

    @Test
    void everyAlertSaysWhatItMeansAndWhereToLook() {
        assertThat(Provisioned.rules()).filteredOn(rule -> rule.has("alert")).allSatisfy(rule -> {
            assertThat(rule.at("/annotations/summary").asText()).contains("{{ $");
            assertThat(rule.at("/annotations/description").asText()).hasSizeGreaterThan(30);
            assertThat(rule.at("/annotations/dashboard").asText()).startsWith("/d/espalier-");
            assertThat(rule.at("/labels/severity").asText()).isIn("warning", "critical");
        });
    }

    @Test
    void promtoolFindsTheRulesRightAndTheStoriesTrue() throws Exception {
        String folder = Provisioned.PROMETHEUS.toString();
        assertPromtool("check", "config", folder + "/prometheus.yml", folder + "/local.yml");
        assertPromtool("test", "rules", TESTS.toString());
    }

    private static void assertPromtool(String... arguments) throws IOException, InterruptedException {
        Optional<Path> promtool = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .map(place -> Path.of(place, "promtool"))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(promtool.isPresent() || System.getenv("ESPALIER_REQUIRE_TOOLS") != null, "no promtool on the PATH");
        assertThat(promtool).as("promtool on the PATH").isPresent();
        List<String> command = new ArrayList<>(List.of(promtool.get().toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
