package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.safetensors.Dtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonReportTest {
    private final Comparison comparison = SampleComparison.of();

    @TempDir
    Path folder;

    @Test
    void thePageNeedsNothingFromTheNetworkAndRunsNoScript() throws IOException {
        // stays in target/ for people to look at
        Path target = Files.createDirectories(Path.of("target/sample-comparison"));
        new ComparisonReport(comparison).write(target);

        assertThat(target.resolve(ComparisonReport.PAGE))
                .content()
                .doesNotContain("http://", "https://", "src=", "@import", "url(", "<script", "NaN")
                .contains("<a href=\"obs-10/report.html\">obs-10</a>", "<h1>smollm2</h1>");
    }

    @Test
    void theDenseModelComesFirstThenEachTargetPrunedAndRecovered() {
        String table = ComparisonTable.of(comparison).markdown();

        assertThat(table.lines().map(line -> line.split("\\|")[1].strip()))
                .containsExactly(
                        "",
                        "---",
                        "dense",
                        "obs, 10 %, pruned",
                        "flap, 10 %, pruned",
                        "magnitude, 10 %, pruned",
                        "obs, 10 %, recovered",
                        "flap, 10 %, recovered",
                        "magnitude, 10 %, recovered",
                        "obs, 20 %, pruned",
                        "magnitude, 20 %, pruned",
                        "obs, 20 %, recovered",
                        "magnitude, 20 %, recovered",
                        "flap, 20 %",
                        "obs, 30 %, pruned",
                        "obs, 30 %, recovered",
                        "flap, 30 %");
    }

    @Test
    void methodsThatMeetOneGoalByDifferentSharesAreOfOnePart() {
        ComparedRun obs = SampleComparison.run("obs", 0.2, 29.2, 26.6);
        ComparedRun layers = SampleComparison.run("layers", 0.1831, 48.8, 30.1);
        String goal = "prune.target.parameters = 113000000";
        Comparison one = new Comparison("tiny", "{}", Dtype.F32, List.of(reaching(goal, obs), reaching(goal, layers)));
        assertThat(one.groups()).extracting(Comparison.Group::state).containsExactly("pruned", "recovered");
        assertThat(one.groups().get(0).rows()).hasSize(2);
    }

    private static ComparedRun reaching(String goal, ComparedRun run) {
        return new ComparedRun(
                run.name(),
                run.method(),
                goal,
                run.target(),
                run.folder(),
                run.state(),
                run.cause(),
                run.stages(),
                run.dense(),
                run.pruned(),
                run.recovered(),
                run.manifest());
    }

    @Test
    void eachLineTellsQualitySizeSpeedAndWork() {
        assertThat(ComparisonTable.of(comparison).columns())
                .extracting(ResultColumn::head)
                .containsExactly(
                        "wikitext-2/valid",
                        "piqa",
                        "arc_easy",
                        "all items",
                        "prefill",
                        "decode",
                        "parameters",
                        "GiB",
                        "seconds");
        assertThat(new ComparisonReport(comparison).text())
                .contains("0.640 \u00b10.034 of 200", "113.3\u202fM", "0.422", "780.0", "22.10 \u00b10.62");
    }

    @Test
    void theBestIsFoundAmongModelsOfOneTargetAndOneState() {
        String table = ComparisonTable.of(comparison).markdown();

        assertThat(line(table, "obs, 20 %, recovered")).startsWith("| obs, 20 %, recovered | **26.60 ");
        assertThat(line(table, "obs, 10 %, pruned")).contains("**22.10 ");
        assertThat(line(table, "flap, 10 %, pruned")).doesNotContain("**");
        assertThat(line(table, "obs, 30 %, pruned"))
                .as("nothing to choose from")
                .doesNotContain("**");
    }

    @Test
    void aRunThatFailedIsToldWithItsCauseAndNothingBreaksTheTable() {
        String table = ComparisonTable.of(comparison).markdown();

        assertThat(line(table, "flap, 20 %"))
                .contains("failed in prune: the text &lt;a\\|b&gt; has no line 3")
                .doesNotContain("<a|b>");
        assertThat(line(table, "flap, 30 %")).contains("not begun");
        assertThat(ComparisonTable.of(comparison).html())
                .contains("<th scope=\"row\">flap</th><td colspan=\"9\">failed in prune: the text &lt;a|b&gt;");
    }

    @Test
    void aModelThatIsNoGoodDoesNotHideTheOthers() {
        TradeOffChart pruned = chart("perplexity-size-pruned");

        assertThat(pruned.caption())
                .contains(
                        "Not drawn, beyond five times the dense model's: magnitude, 10 %: 48.00\u202fk; magnitude, 20 %");
        assertThat(pruned.tracks()).extracting(TradeOffChart.Track::name).containsExactly("obs", "flap");
        assertThat(pruned.tracks().get(0).marks()).hasSize(3);
        Comparison hopeless = with(List.of(SampleComparison.run("magnitude", 0.2, 900_000, 900_000)));
        assertThat(ComparisonCharts.of(hopeless).get(0).html()).contains("Logarithmic axis", "magnitude, 20 %: 900.0");
        assertThat(ComparisonCharts.of(hopeless).get(0).caption()).doesNotContain("Not drawn");
    }

    @Test
    void speedsAreComparedAtTheDenseModelsPace() {
        TradeOffChart speed = chart("perplexity-speed-recovered");

        assertThat(speed.dense().point().x()).isEqualTo(20);
        assertThat(speed.tracks().get(0).marks().get(1).point().x()).isEqualTo(20 * 1.2);
    }

    @Test
    void sixteenMethodsLookDifferent() {
        List<String> styles = IntStream.range(0, 16)
                .mapToObj(number -> new TradeOffChart.Track("method", number, List.of()).style())
                .toList();
        assertThat(styles).doesNotHaveDuplicates();
    }

    @Test
    void beforeAnythingIsMeasuredThereAreOnlyTheRuns() throws IOException {
        Comparison young = with(List.of(SampleComparison.standing("obs", 0.2, "PENDING", Optional.empty())));

        new ComparisonReport(young).write(folder);

        assertThat(folder.resolve(ComparisonReport.PAGE))
                .content()
                .contains("obs-20")
                .doesNotContain("What it cost");
        assertThat(new ComparisonReport(young).text()).isEmpty();
        JsonNode json = new ObjectMapper()
                .readTree(folder.resolve(ComparisonReport.JSON).toFile());
        assertThat(json.path("dense").isNull()).isTrue();
        assertThat(json.at("/runs/0/state").asText()).isEqualTo("PENDING");
    }

    private TradeOffChart chart(String id) {
        return ComparisonCharts.of(comparison).stream()
                .filter(chart -> chart.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private Comparison with(List<ComparedRun> runs) {
        return new Comparison(comparison.name(), comparison.config(), comparison.dtype(), runs);
    }

    private static String line(String table, String label) {
        return table.lines()
                .filter(line -> line.startsWith("| " + label + " |"))
                .findFirst()
                .orElseThrow();
    }
}
