package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A run's {@code report.html}: one file with all that is in it. */
public final class ReportPage {
    static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private ReportPage() {}

    /** Replaces {@code file} in one step: a reader never sees half a page. */
    public static void write(Path file, ReportData data) throws IOException {
        AtomicFiles.write(file, html(data).getBytes(StandardCharsets.UTF_8));
    }

    /** The whole page. */
    public static String html(ReportData data) {
        List<LineChart> charts = TrainingCharts.of(data.steps());
        StringBuilder page = new StringBuilder();
        header(page, data);
        if (!data.rows().isEmpty()) {
            page.append(
                    Html.section(
                            "What it cost",
                            "Every model measured by the same protocol; small figures: how sure it is, and against the first row."
                                    + " Noise is what is less than two standard errors. Speeds are medians with the least and the"
                                    + " greatest of the repeats; a change of speed is told only where both models were measured in"
                                    + " turn in one process. Models of one shape are as fast as one another, and measured once."));
            page.append(ResultsTable.html(data.rows())).append("</section>\n");
        }
        String samples = SampleTexts.html(data.rows());
        if (!samples.isEmpty()) {
            page.append(Html.section(
                    "What they write", "Pieces of the evaluation text, continued with the likeliest token each time."));
            page.append(samples).append("</section>\n");
        }
        if (!charts.isEmpty()) {
            page.append(Html.section(
                    "Training",
                    data.rounds() > 1
                            ? "Horizontal axes count the steps of all rounds; at an upright line the next one begins."
                            : "Horizontal axes count the steps of the stage."));
            page.append("<div class=\"charts\">\n");
            charts.forEach(chart -> page.append(chart.html()));
            page.append("</div></section>\n");
        }
        String course = KeptCourse.html(data.steps());
        if (!course.isEmpty()) {
            page.append(Html.section(
                    "What was to stay",
                    "Mean probability of a layer's heads and channels to be kept, as it was learnt: the first step at the left,"
                            + " the last at the right."));
            page.append(course).append("</section>\n");
        }
        if (!data.kept().isEmpty()) {
            page.append(Html.section("What is left", "Ordered as in the dense model; full colour is kept."));
            page.append(KeptMap.html(data.kept())).append("</section>\n");
        }
        for (MeasuredTable table : data.tables()) {
            page.append(Html.section(Html.escape(table.title()), Html.escape(table.note())));
            page.append(table.html()).append("</section>\n");
        }
        if (!data.stages().isEmpty()) {
            page.append(Html.section("Stages", ""));
            page.append(StageTable.html(data.stages(), data.steps())).append("</section>\n");
        }
        page.append(configuration(data.config()));
        HtmlDocument.Script script = new HtmlDocument.Script(json(charts), "report.js");
        return new HtmlDocument(data.run(), page.toString(), Optional.of(script)).text();
    }

    /** The last part of a page. */
    static String configuration(String text) {
        return Html.section("Configuration", "")
                + "<details><summary>resolved, with all defaults</summary><pre>" + Html.escape(text)
                + "</pre></details></section>\n";
    }

    private static void header(StringBuilder page, ReportData data) {
        page.append("<header><p class=\"kind\">Espalier \u00b7 pruning report</p>\n<h1>");
        page.append(Html.escape(data.run()))
                .append("</h1>\n<p class=\"sub\">method ")
                .append(Html.escape(data.method()))
                .append(data.rounds() > 1 ? " in " + data.rounds() + " rounds" : "");
        Optional<Instant> ended =
                data.stages().stream().flatMap(stage -> stage.ended().stream()).max(Instant::compareTo);
        ended.ifPresent(time -> page.append(" \u00b7 ").append(DAY.format(time)));
        page.append("</p>\n").append(Summary.html(data)).append("</header>\n");
    }

    /** The drawn points, for those who point at a chart and for those who want the numbers. */
    private static String json(List<LineChart> charts) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        for (LineChart chart : charts) {
            ObjectNode one = root.putObject(chart.id()).put("unit", chart.unit());
            ArrayNode lines = one.putArray("series");
            for (Series series : chart.series()) {
                ObjectNode line =
                        lines.addObject().put("name", series.name()).put("hold", series.form() == Series.Form.STEPS);
                ArrayNode x = line.putArray("x");
                ArrayNode y = line.putArray("y");
                for (Point point : series.points()) {
                    x.add((long) point.x());
                    y.add((float) point.y());
                }
            }
        }
        return Html.scriptSafe(root.toString());
    }
}
