package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A run's {@code report.html}: one file that needs no network, reads on a phone and on paper, and runs no script but
 * its own (a content security policy names that one by its hash).
 */
public final class ReportPage {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private ReportPage() {}

    /** Replaces {@code file} in one step: a reader never sees half a page. */
    public static void write(Path file, ReportData data) throws IOException {
        AtomicFiles.write(file, html(data).getBytes(StandardCharsets.UTF_8));
    }

    /** The whole page. */
    public static String html(ReportData data) {
        List<LineChart> charts = TrainingCharts.of(data.steps());
        String script = resource("report.js").strip();
        StringBuilder page =
                new StringBuilder("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
        page.append("style-src 'unsafe-inline'; script-src 'sha256-")
                .append(sha256(script))
                .append("'\">\n");
        page.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
        page.append(Html.escape(data.run())).append(" \u00b7 Espalier</title>\n<style>\n");
        page.append(resource("report.css")).append("</style>\n</head>\n<body>\n<main>\n");
        header(page, data);
        if (!data.rows().isEmpty()) {
            section(
                    page,
                    "What it cost",
                    "Every model measured by the same protocol; small figures: how sure it is, and against the first row."
                            + " Noise is what is less than two standard errors. Speeds are medians with the least and the"
                            + " greatest of the repeats; a change of speed is told only where both models were measured in"
                            + " turn in one process.");
            page.append(ResultsTable.html(data.rows())).append("</section>\n");
        }
        String samples = SampleTexts.html(data.rows());
        if (!samples.isEmpty()) {
            section(
                    page,
                    "What they write",
                    "Pieces of the evaluation text, continued with the likeliest token each time.");
            page.append(samples).append("</section>\n");
        }
        if (!charts.isEmpty()) {
            section(
                    page,
                    "Training",
                    data.rounds() > 1
                            ? "Horizontal axes count the steps of all rounds; at an upright line the next one begins."
                            : "Horizontal axes count the steps of the stage.");
            page.append("<div class=\"charts\">\n");
            charts.forEach(chart -> page.append(chart.html()));
            page.append("</div></section>\n");
        }
        if (!data.kept().isEmpty()) {
            section(page, "What is left", "Ordered as in the dense model; full colour is kept.");
            page.append(KeptMap.html(data.kept())).append("</section>\n");
        }
        if (!data.stages().isEmpty()) {
            section(page, "Stages", "");
            page.append(StageTable.html(data.stages(), data.steps())).append("</section>\n");
        }
        section(page, "Configuration", "");
        page.append("<details><summary>resolved, with all defaults</summary><pre>");
        page.append(Html.escape(data.config())).append("</pre></details></section>\n</main>\n");
        page.append("<script type=\"application/json\" id=\"data\">")
                .append(json(charts))
                .append("</script>\n");
        return page.append("<script>")
                .append(script)
                .append("</script>\n</body>\n</html>\n")
                .toString();
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

    private static void section(StringBuilder page, String title, String note) {
        page.append("<section><h2>").append(title).append("</h2>");
        page.append(note.isEmpty() ? "" : "<p class=\"note\">" + note + "</p>").append('\n');
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

    private static String resource(String name) {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the jar lacks " + name, e);
        }
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
