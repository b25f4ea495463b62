package dev.espalier.monitoring.provisioned;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What makes a dashboard one that people can rely on, without a Grafana at hand. */
class DashboardsTest {
    private static final int OLDEST_SCHEMA = 39;
    private static final int COLUMNS = 24;

    static List<Path> dashboards() {
        return Provisioned.dashboards();
    }

    @Test
    void dashboardsHaveFixedIdsOfTheirOwn() {
        assertThat(dashboards().stream()
                        .map(file -> Provisioned.read(file).path("uid").asText()))
                .containsExactlyInAnyOrder("espalier-run", "espalier-cluster", "espalier-jvm");
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyPanelSaysWhatItShowsAndInWhichUnitAndWhereFrom(Path file) {
        JsonNode dashboard = Provisioned.read(file);
        assertThat(dashboard.path("schemaVersion").asInt()).isGreaterThanOrEqualTo(OLDEST_SCHEMA);
        assertThat(Provisioned.panels(dashboard)).isNotEmpty().allSatisfy(panel -> {
            String title = panel.path("title").asText();
            assertThat(title).isNotBlank();
            assertThat(panel.path("description").asText()).as(title).hasSizeGreaterThan(10);
            assertThat(panel.at("/fieldConfig/defaults/unit").asText())
                    .as(title)
                    .isNotBlank();
            assertThat(panel.path("targets")).as(title).isNotEmpty().allSatisfy(target -> {
                assertThat(target.path("expr").asText()).isNotBlank();
                assertThat(target.path("legendFormat").asText()).isNotBlank();
                assertThat(target.path("refId").asText()).isNotBlank();
            });
        });
        assertThat(dashboard.findValues("datasource"))
                .isNotEmpty()
                .allSatisfy(source -> assertThat(source.path("uid").asText()).isEqualTo("${datasource}"));
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void idsAreUniqueAndPanelsDoNotOverlap(Path file) {
        JsonNode dashboard = Provisioned.read(file);
        assertThat(dashboard.path("panels"))
                .extracting(panel -> panel.path("id").asInt())
                .doesNotHaveDuplicates();
        assertThat(Provisioned.panels(dashboard))
                .extracting(panel -> panel.path("title").asText())
                .doesNotHaveDuplicates();
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            JsonNode at = panel.path("gridPos");
            int right = at.path("x").asInt() + at.path("w").asInt();
            assertThat(right).isLessThanOrEqualTo(COLUMNS);
            for (int x = at.path("x").asInt(); x < right; x++) {
                for (int y = at.path("y").asInt();
                        y < at.path("y").asInt() + at.path("h").asInt();
                        y++) {
                    assertThat(taken.add(List.of(x, y)))
                            .as("%s at column %d, line %d", panel.path("title"), x, y)
                            .isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void everyVariableThatAQueryUsesExistsAndTheProvisionedSourceIsTheDefault(Path file) {
        JsonNode dashboard = Provisioned.read(file);
        Set<String> variables = dashboard.at("/templating/list").findValues("name").stream()
                .map(JsonNode::asText)
                .collect(Collectors.toSet());
        assertThat(dashboard.toString().replaceAll("\\$__\\w+", ""))
                .satisfies(text -> assertThat(java.util.regex.Pattern.compile("\\$\\{?(\\w+)")
                                .matcher(text)
                                .results()
                                .map(found -> found.group(1)))
                        .isSubsetOf(variables));
        String provisioned = Provisioned.read(Provisioned.GRAFANA.resolve("provisioning/datasources/prometheus.yml"))
                .at("/datasources/0/uid")
                .asText();
        assertThat(dashboard.at("/templating/list/0/current/value").asText()).isEqualTo(provisioned);
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void linksLeadToTheOtherDashboardsAndToTheCoordinatorsPage(Path file) {
        Set<String> known = dashboards().stream()
                .map(other -> "/d/" + Provisioned.read(other).path("uid").asText())
                .collect(Collectors.toSet());
        JsonNode dashboard = Provisioned.read(file);
        Stream<String> expected = Stream.concat(
                known.stream().filter(url -> !url.endsWith(dashboard.path("uid").asText())),
                Stream.of("${coordinator}/"));
        assertThat(dashboard.path("links"))
                .extracting(link -> link.path("url").asText())
                .containsExactlyInAnyOrderElementsOf(expected.toList());
    }

    @ParameterizedTest
    @MethodSource("dashboards")
    void changesOfStagesAndLossesOfWorkersAreMarked(Path file) {
        JsonNode annotations = Provisioned.read(file).at("/annotations/list");
        assertThat(annotations)
                .isNotEmpty()
                .allSatisfy(annotation -> {
                    assertThat(annotation.path("useValueForTime").asBoolean()).isTrue();
                    assertThat(annotation.path("expr").asText()).contains("_timestamp_seconds", "* 1000");
                })
                .anySatisfy(annotation ->
                        assertThat(annotation.path("expr").asText()).contains("workers_last_loss"));
    }

    @Test
    void grafanaFindsTheDashboardsWhereTheyAreMounted() {
        JsonNode provider = Provisioned.read(Provisioned.GRAFANA.resolve("provisioning/dashboards/espalier.yml"))
                .at("/providers/0");
        assertThat(provider.path("type").asText()).isEqualTo("file");
        assertThat(provider.at("/options/path").asText()).isEqualTo("/etc/grafana/dashboards");
        assertThat(provider.path("allowUiUpdates").asBoolean()).isFalse();
    }
}
