package dev.espalier.coordinator.report;

import dev.espalier.protocol.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A comparison's {@code compare.html}: one file with all that is in it but the reports of its runs, which it leads to. */
final class ComparisonPage {
    private ComparisonPage() {}

    static String html(Comparison comparison) {
        StringBuilder page = new StringBuilder();
        page.append("<header><p class=\"kind\">Espalier \u00b7 methods compared</p>\n<h1>");
        page.append(Html.escape(comparison.name())).append("</h1>\n<p class=\"sub\">");
        page.append(
                Html.escape(String.join(", ", comparison.methods()) + " at " + String.join(", ", comparison.goals())));
        comparison.runs().stream()
                .flatMap(run -> run.stages().stream())
                .flatMap(stage -> stage.ended().stream())
                .max(Instant::compareTo)
                .ifPresent(time -> page.append(" \u00b7 ").append(ReportPage.DAY.format(time)));
        page.append("</p></header>\n");
        ComparisonTable table = ComparisonTable.of(comparison);
        if (!table.isEmpty()) {
            page.append(Html.section(
                    "What it cost",
                    "Every model measured by the same protocol; small figures: how sure it is, and against the dense model."
                            + " Bold is better than all others of its part by more than noise, which is two standard"
                            + " errors. Speeds are medians with the least and the greatest of the repeats; a change of speed"
                            + " is told only where both models were measured in turn in one process."));
            page.append(table.html()).append("</section>\n");
        }
        List<TradeOffChart> charts = ComparisonCharts.of(comparison);
        if (!charts.isEmpty()) {
            page.append(Html.section(
                    "Quality against size and speed",
                    "A mark is a model, a line joins those of a method, from the dense model on. Point at a mark for its"
                            + " numbers."));
            page.append("<div class=\"charts\">\n");
            charts.forEach(chart -> page.append(chart.html()));
            page.append("</div></section>\n");
        }
        page.append(Html.section("Runs", "A stage that was interrupted counts the pause, too." + taken(comparison)));
        page.append(runs(comparison)).append("</section>\n");
        page.append(ReportPage.configuration(comparison.config()));
        return new HtmlDocument(comparison.name(), page.toString(), Optional.empty()).text();
    }

    /** By whom the dense model was measured, where not by each run. */
    private static String taken(Comparison comparison) {
        Map<String, Long> takers = comparison.runs().stream()
                .flatMap(run -> run.takenFrom().stream())
                .collect(Collectors.groupingBy(run -> run, TreeMap::new, Collectors.counting()));
        return takers.entrySet().stream()
                .map(one -> " " + Html.escape(one.getKey()) + " measured the dense model, and " + one.getValue()
                        + (one.getValue() == 1 ? " other run" : " other runs") + " took its numbers from there.")
                .collect(Collectors.joining());
    }

    private static String runs(Comparison comparison) {
        List<Stage> stages = comparison.runs().stream()
                .flatMap(run -> run.stages().stream())
                .map(ReportData.StageTime::stage)
                .distinct()
                .toList();
        StringBuilder page = new StringBuilder("<table class=\"stages\"><thead><tr><th scope=\"col\">run</th>");
        page.append("<th scope=\"col\">state</th>");
        stages.forEach(
                stage -> page.append("<th scope=\"col\">").append(stage.word()).append("</th>"));
        page.append("<th scope=\"col\">in all</th></tr></thead><tbody>\n");
        for (ComparedRun run : comparison.runs()) {
            String folder = Html.escape(String.valueOf(run.folder().getFileName()));
            page.append("<tr><th scope=\"row\">");
            page.append(
                    run.completed()
                            ? "<a href=\"" + folder + "/" + RunReport.REPORT + "\">" + folder + "</a>"
                            : folder);
            page.append("</th><td class=\"word\">")
                    .append(Html.escape(run.state().toLowerCase(Locale.ROOT)));
            page.append("</td>");
            stages.forEach(stage -> time(page, run.duration(stage)));
            time(
                    page,
                    run.seconds().isPresent() ? Optional.of(millis(run.seconds().getAsDouble())) : Optional.empty());
            page.append("</tr>\n");
        }
        return Html.scrolling("runs", page.append("</tbody></table>").toString());
    }

    private static Duration millis(double seconds) {
        return Duration.ofMillis(Math.round(1000 * seconds));
    }

    private static void time(StringBuilder page, Optional<Duration> time) {
        page.append(time.map(it -> "<td>" + Figures.duration(it)).orElse("<td class=\"none\">\u2013"))
                .append("</td>");
    }
}
