package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportPageTest {
    private static final Pattern DATA =
            Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);

    @Test
    void thePageNeedsNothingFromTheNetwork() throws IOException {
        // stays in target/ for people to look at
        Path file = Path.of("target/sample-report.html");
        ReportPage.write(file, SampleReport.of("smollm2-20", 300));

        String page = Files.readString(file);
        assertThat(page).doesNotContain("http://", "https://", "src=", "@import", "url(");
        assertThat(page).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
        assertThat(page.length()).isLessThan(500_000);
        try (var files = Files.list(file.toAbsolutePath().getParent())) {
            assertThat(files.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void chartsHaveAPointForEachStep() throws IOException {
        JsonNode data = data(ReportPage.html(SampleReport.of("run", 300)));

        assertThat(line(data, "sparsity", "expected").get("x")).hasSize(300);
        assertThat(line(data, "sparsity", "target").get("y")).hasSize(300);
        assertThat(line(data, "loss-prune", "KL").get("y")).hasSize(300);
        assertThat(line(data, "loss-recover", "KL").get("y")).hasSize(300);
        assertThat(data.get("loss-recover").findValuesAsText("name")).doesNotContain("loss");
    }

    @Test
    void longRunsAreDrawnWithAtMost500PointsThatKeepTheEnds() throws IOException {
        JsonNode data = data(ReportPage.html(SampleReport.of("run", 20_000)));

        JsonNode steps = line(data, "loss-prune", "loss").get("x");
        assertThat(steps).hasSize(500);
        assertThat(steps.get(0).asInt()).isZero();
        assertThat(steps.get(499).asInt()).isEqualTo(19_999);
    }

    @Test
    void whatWasToStayIsDrawnLayerByLayerOverTime() {
        String course = KeptCourse.html(SampleReport.of("run", 300).steps());
        assertThat(course.split("<div class=\"row\"", -1)).hasSize(1 + 30);
        String told = "layer 0: heads %s to %s, channels %s to %s"
                .formatted(Figures.percent(1), Figures.percent(0.8), Figures.percent(1), Figures.percent(1));
        assertThat(course).contains(told, "expected to stay: 0 %");
        StepMetrics first = StepMetrics.of(Stage.PRUNE, 0, 1, 1);
        List<StepMetrics> few = List.of(
                first.withKept(SampleReport.expected(0)),
                first,
                first.numbered(1).withKept(SampleReport.expected(1)));
        assertThat(KeptCourse.html(few)).contains("<rect class=\"s10\" x=\"0\"/><rect class=\"s8\" x=\"1\"/>");
        assertThat(KeptCourse.html(List.of(first)))
                .as("steps that tell nothing of it")
                .isEmpty();
    }

    @Test
    void theTeacherIsToldAtEachChange() throws IOException {
        JsonNode teacher = line(data(ReportPage.html(SampleReport.of("run", 300))), "teacher", "teacher");

        assertThat(teacher.get("y").get(0).asInt()).isZero();
        assertThat(teacher.get("y").findValues("none")).isEmpty();
        List<Integer> percents = new ArrayList<>();
        teacher.get("y").forEach(value -> percents.add(value.asInt()));
        assertThat(percents).contains(1, 5, 9).hasSizeLessThan(100);
    }

    @Test
    void modelsWriteOnFromTheSameTextOneBelowTheOther() {
        String page = ReportPage.html(SampleReport.of("run", 1));
        assertThat(page).contains("<figcaption>The tower is \u2026</figcaption>");
        assertThat(page.indexOf("the model of dense."))
                .isPositive()
                .isLessThan(page.indexOf("the model of after recover."));
        assertThat(ReportPage.html(SampleReport.empty("young"))).doesNotContain("What they write");
    }

    @Test
    void namesFromOutsideStayText() {
        String evil = "<script>alert(1)</script>'\"&";
        ReportData sample = SampleReport.of(evil, 20);
        ReportData data = new ReportData(
                evil,
                evil,
                evil,
                sample.parameters(),
                sample.stages(),
                sample.steps(),
                sample.kept(),
                List.of(new ReportData.Row(
                        evil,
                        true,
                        Map.of(evil, new ReportData.Perplexity(3, Double.NaN, 8, 7, List.of())),
                        Map.of(evil, new ReportData.Accuracy(1, 1, 1)),
                        sample.rows().get(0).prefill(),
                        sample.rows().get(0).decode(),
                        sample.rows().get(0).parameters(),
                        sample.rows().get(0).seconds(),
                        List.of(new ReportData.Sample(evil, evil)))),
                List.of(new MeasuredTable(
                        evil, evil, List.of(evil), List.of(List.of(new TextNode(evil), DoubleNode.valueOf(2.5))))));

        String page = ReportPage.html(data);

        assertThat(page)
                .doesNotContain("<script>alert")
                .contains("&lt;script&gt;alert(1)&lt;/script&gt;&#39;&quot;&amp;");
        assertThat(page.split("<script", -1)).hasSize(3);
        assertThat(Html.scriptSafe("</script><!--")).isEqualTo("\\u003c/script>\\u003c!--");
    }

    @Test
    void aRunWithoutAnythingStillHasAPage() throws IOException {
        String page = ReportPage.html(SampleReport.empty("young"));

        assertThat(page).contains("<h1>young</h1>").doesNotContain("<svg", "NaN");
        assertThat(data(page)).isEmpty();
    }

    @Test
    void aSingleStepIsAChartToo() throws IOException {
        String page = ReportPage.html(SampleReport.of("run", 1));

        assertThat(page).doesNotContain("NaN", "Infinity");
        assertThat(line(data(page), "loss-prune", "KL").get("x")).hasSize(1);
    }

    @Test
    void lossesOverMoreThanADecadeGetALogarithmicAxis() {
        Series wide = new Series(
                "KL", "first", Series.Form.LINE, List.of(new Point(0, 0.01), new Point(1, 0.1), new Point(2, 1)));
        Series negative = new Series(
                "KL", "first", Series.Form.LINE, List.of(new Point(0, -0.01), new Point(1, 0.1), new Point(2, 1)));

        assertThat(chart(wide)).contains("Logarithmic axis", "M0.0 1000.0L500.0 500.0L1000.0 0.0");
        assertThat(chart(negative)).doesNotContain("Logarithmic axis");
    }

    @Test
    void theMapHasARowPerLayerAndAtMost96BinsEach() {
        ReportData data = SampleReport.of("run", 1);

        String map = KeptMap.html(data.kept());

        assertThat(map.split("class=\"row\"", -1)).hasSize(31);
        assertThat(map.split("<rect", -1)).hasSize(1 + 30 * (3 + 96));
        assertThat(KeptMap.shares(data.kept().get(0).hidden(), 1000)[95]).isZero();
        assertThat(KeptMap.shares(data.kept().get(0).hidden(), 0)).isEmpty();
    }

    @Test
    void allRoundsOfPruningAreToldOneAfterTheOther() throws IOException {
        // stays in target/ for people to look at
        ReportData rounds = SampleReport.inRounds("smollm2-in-rounds", 100);
        ReportPage.write(Path.of("target/sample-report-rounds.html"), rounds);
        String page = ReportPage.html(rounds);

        JsonNode expected = line(data(page), "sparsity", "expected");
        assertThat(expected.get("x")).hasSize(200);
        assertThat(expected.get("x").get(199).asInt()).isEqualTo(199);
        assertThat(expected.get("y").get(100).asDouble())
                .as("the second round begins where the first has ended")
                .isBetween(19.0, 21.0);
        assertThat(line(data(page), "loss-recover", "KL").get("x")).hasSize(500);
        assertThat(page.split("class=\"round\"", -1))
                .as("in each of four charts")
                .hasSize(1 + 4);
        assertThat(page).contains("method nuteprune in 2 rounds", "<th scope=\"row\">prune-2</th>");
        assertThat(page.split("class=\"before\"", -1)).hasSize(1 + 30);
        assertThat(page)
                .contains("Left after prune-2; paler bars: after prune.")
                .contains("channels; after prune 3 and 1");
    }

    @Test
    void aSmoothLineBeginsAnewWithEachRound() {
        List<Point> jump = new ArrayList<>();
        for (int step = 0; step < 100; step++) {
            jump.add(new Point(step, step < 50 ? 1 : 5));
        }
        Series loss = new Series("loss", "first", Series.Form.NOISY, jump);

        assertThat(loss.smooth(List.of(50)).get(50).y()).isEqualTo(5);
        assertThat(loss.smooth(List.of()).get(50).y()).isLessThan(2);
    }

    @Test
    void stagesTellTheirSpeed() {
        ReportData data = SampleReport.of("run", 10);

        assertThat(StageTable.html(data.stages(), data.steps()))
                .contains(
                        "<th scope=\"row\">" + Stage.PRUNE.word() + "</th>",
                        "24 min 26 s",
                        "<td>10</td><td>243.8</td>");
    }

    private static String chart(Series series) {
        return new LineChart("id", "title", "", Figures::plain, "", false, List.of(), List.of(series)).html();
    }

    private static JsonNode data(String page) throws IOException {
        Matcher matcher = DATA.matcher(page);
        assertThat(matcher.find()).isTrue();
        return new ObjectMapper().readTree(matcher.group(1));
    }

    private static JsonNode line(JsonNode data, String chart, String name) {
        for (JsonNode series : data.get(chart).get("series")) {
            if (series.get("name").asText().equals(name)) {
                return series;
            }
        }
        throw new AssertionError("no " + name + " in " + data.get(chart));
    }
}
