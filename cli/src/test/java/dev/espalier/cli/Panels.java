package dev.espalier.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** All panels of all dashboards, asked about the runs whose names begin with {@code tiny}. */
public final class Panels {
    public static final Set<String> EMPTY_WITHOUT_A_GPU =
            Set.of("GPU in use", "GPU memory", "GPU temperature", "GPU power");

    private static final Path DASHBOARDS = Path.of("../monitoring/grafana/dashboards");
    private static final ObjectMapper JSON = new ObjectMapper();

    private Panels() {}

    /**
     * The titles of panels with a query that has no number in that time, but for those of GPUs; fails if a query is not
     * understood.
     */
    public static Set<String> withoutData(PrometheusApi prometheus, Instant start, Instant end)
            throws IOException, InterruptedException {
        Set<String> empty = new TreeSet<>();
        for (Panel panel : all()) {
            for (String query : panel.queries()) {
                if (!hasNumbers(prometheus.range(filledIn(query), start, end))) {
                    empty.add(panel.title());
                }
            }
        }
        empty.removeAll(EMPTY_WITHOUT_A_GPU);
        return empty;
    }

    /**
     * Alerts that fired in that time, but for the size of a model that was cut in faithful mode: the paper's masks end where
     * its multipliers left them, which is seldom within a hundredth of the target.
     */
    public static JsonNode alerts(PrometheusApi prometheus, Instant start, Instant end)
            throws IOException, InterruptedException {
        return prometheus.range("ALERTS{alertstate=\"firing\",alertname!=\"SparsityOffTarget\"}", start, end);
    }

    /** The last number of the first series; not a number if there is none. */
    public static double last(JsonNode result) {
        JsonNode values = result.path(0).path("values");
        return values.isEmpty() ? Double.NaN : number(values.path(values.size() - 1));
    }

    private record Panel(String title, List<String> queries) {}

    private static List<Panel> all() throws IOException {
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
        return query.replace("$__rate_interval", "10s")
                .replace("$run", "tiny.*")
                .replace("$instance", ".*");
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

    private static double number(JsonNode value) {
        String text = value.path(1).asText();
        return text.endsWith("Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
    }
}
