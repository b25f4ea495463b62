package dev.espalier.monitoring.provisioned;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.monitoring.exposition.Monitoring;
import dev.espalier.monitoring.meters.Measure;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Dashboards, alerts and measures agree on names. */
class NamesTest {
    /** What Prometheus makes itself. */
    private static final Set<String> PROMETHEUS = Set.of("up", "ALERTS");

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void noQueryAsksForASeriesThatNobodyMakes() {
        Set<String> known = new TreeSet<>(PROMETHEUS);
        Arrays.stream(Measure.values()).forEach(measure -> known.addAll(measure.series()));
        Provisioned.rules().forEach(rule -> known.add(rule.path("record").asText()));
        known.addAll(seriesOfTheJvm());

        assertThat(asked()).isSubsetOf(known);
    }

    @Test
    void everyMeasureIsShownSomewhere() {
        Set<String> asked = asked();
        assertThat(Measure.values())
                .allSatisfy(measure -> assertThat(measure.series()).containsAnyElementsOf(asked));
    }

    @Test
    void namesAreFoundInQueries() {
        assertThat(PromQl.series("sum by (le, stage) (rate(a_bucket{run=~\"x|and_y\"}[$__rate_interval])) / b:c:d"
                        + " - ignoring (kind) e offset 5m or vector(0) and on (run) (max(f) == 1)"))
                .containsExactlyInAnyOrder("a_bucket", "b:c:d", "e", "f");
    }

    private static Set<String> asked() {
        Stream<String> dashboards = Provisioned.dashboards().stream()
                .map(Provisioned::read)
                .flatMap(dashboard -> Provisioned.queries(dashboard).stream());
        Stream<String> rules =
                Provisioned.rules().stream().map(rule -> rule.path("expr")).map(JsonNode::asText);
        return Stream.concat(dashboards, rules)
                .flatMap(query -> PromQl.series(query).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Collections are only measured once there was one, and the JVM tells of it in its own time. */
    private static List<String> seriesOfTheJvm() {
        try (Monitoring monitoring = new Monitoring("test")) {
            String text;
            do {
                System.gc();
                text = new String(monitoring.expose(), StandardCharsets.UTF_8);
            } while (!text.contains("jvm_gc_pause_seconds_sum"));
            return text.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.replaceAll("[{ ].*", ""))
                    .toList();
        }
    }
}
