package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.StageTime;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** How long each stage took, as a bar of the whole, and how fast it trained. */
final class StageTable {
    private StageTable() {}

    static String html(List<StageTime> stages, List<StepMetrics> steps) {
        double longest = stages.stream()
                .mapToDouble(stage -> stage.duration().map(Duration::toMillis).orElse(0L))
                .max()
                .orElse(0);
        StringBuilder page = new StringBuilder(
                        "<table class=\"stages\"><thead><tr><th>stage</th><th>state</th><th>time</th>")
                .append("<td class=\"gauge\"></td><th>steps</th><th>tokens/s</th></tr></thead><tbody>\n");
        for (StageTime stage : stages) {
            double millis = stage.duration().map(Duration::toMillis).orElse(0L);
            page.append("<tr><th scope=\"row\">").append(stage.stage().word()).append("</th><td class=\"word\">");
            page.append(Html.escape(stage.state().toLowerCase(Locale.ROOT))).append("</td><td>");
            page.append(stage.duration().map(Figures::duration).orElse("\u2013"));
            page.append("</td><td class=\"gauge\"><i style=\"width:");
            page.append(String.format(Locale.ROOT, "%.1f", longest == 0 ? 0 : 100 * millis / longest));
            page.append("%\"></i></td>");
            training(page, stage.stage(), steps);
            page.append("</tr>\n");
        }
        return Html.scrolling("stages", page.append("</tbody></table>").toString());
    }

    private static void training(StringBuilder page, Stage stage, List<StepMetrics> all) {
        List<StepMetrics> steps =
                all.stream().filter(step -> step.stage().equals(stage)).toList();
        double seconds = steps.stream().mapToDouble(StepMetrics::seconds).sum();
        long tokens = steps.stream().mapToLong(StepMetrics::tokens).sum();
        if (steps.isEmpty() || !(seconds > 0)) {
            page.append("<td class=\"none\">\u2013</td><td class=\"none\">\u2013</td>");
        } else {
            page.append("<td>").append(steps.size()).append("</td><td>");
            page.append(Figures.count(tokens / seconds)).append("</td>");
        }
    }
}
