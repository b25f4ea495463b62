package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.Series.Form;
import dev.espalier.monitoring.StepFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a method tells of its own: each name by itself, but the texts' shares in one chart, their gaps in another, and what is
 * expected of a structure beside its target.
 */
final class MeasuredCharts {
    private static final List<String> STYLES =
            List.of("first", "second", "third", "fourth", "first dots", "second dots", "third dots", "fourth dots");

    private MeasuredCharts() {}

    /** @param stage whose steps they are */
    static List<LineChart> of(String stage, TrainingCharts.Rounds rounds) {
        Map<String, List<String>> charts = new LinkedHashMap<>();
        TrainingCharts.unplaced(rounds.steps())
                .filter(name -> !TrainingCharts.isLoss(name))
                .forEach(name -> charts.computeIfAbsent(chart(name), key -> new ArrayList<>())
                        .add(name));
        return charts.entrySet().stream()
                .map(chart -> chart(stage, chart.getKey(), chart.getValue(), rounds))
                .toList();
    }

    /** The chart that a name is drawn in. */
    private static String chart(String name) {
        if (name.startsWith(StepFields.SHARE)) {
            return StepFields.SHARE;
        } else if (name.startsWith(StepFields.GAP)) {
            return StepFields.GAP;
        } else if (name.startsWith(StepFields.TARGET)) {
            return StepFields.CLOSED + name.substring(StepFields.TARGET.length());
        }
        return name;
    }

    private static LineChart chart(String stage, String chart, List<String> names, TrainingCharts.Rounds rounds) {
        List<Series> lines = new ArrayList<>();
        for (String name : names.stream().sorted().toList()) {
            boolean target = name.startsWith(StepFields.TARGET);
            lines.add(TrainingCharts.series(
                    names.size() == 1 ? name : label(chart, name),
                    target ? "target" : STYLES.get(lines.size() % STYLES.size()),
                    chart.equals(StepFields.SHARE) ? Form.STEPS : Form.LINE,
                    rounds,
                    step -> step.value(name)));
        }
        return new LineChart(
                stage + "-" + chart.replaceAll("\\.$", "").replace('.', '-'),
                title(chart) + " in " + stage + ".",
                caption(chart),
                Figures::tick,
                "",
                false,
                rounds.starts(),
                lines);
    }

    private static String label(String chart, String name) {
        return chart.endsWith(".") ? name.substring(chart.length()) : name.substring(0, name.indexOf('.'));
    }

    private static String title(String chart) {
        return switch (chart) {
            case StepFields.SHARE -> "Shares of the texts";
            case StepFields.GAP -> "Loss gaps of the texts";
            default -> chart;
        };
    }

    private static String caption(String chart) {
        return switch (chart) {
            case StepFields.SHARE -> "Of the training sequences, by domain.";
            case StepFields.GAP -> "Loss on held-out text beyond its reference, by domain.";
            default ->
                chart.startsWith(StepFields.CLOSED)
                        ? "Expected share of closed units, and what the shape wants."
                        : "As the method tells it of each step.";
        };
    }
}
