package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.coordinator.report.ReportData.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResultsTest {
    private final List<Row> rows = SampleReport.of("run", 1).rows();

    @Test
    void infiniteAndMissingNumbersHaveWords() {
        assertThat(Figures.plain(Double.POSITIVE_INFINITY)).isEqualTo("\u221e");
        assertThat(Figures.count(Double.POSITIVE_INFINITY)).startsWith("\u221e");
        assertThat(Figures.plain(Double.NEGATIVE_INFINITY)).isEqualTo("\u2212\u221e");
        assertThat(Figures.plain(Double.NaN)).isEqualTo("none");
        assertThat(Figures.error(20.24, 0.3051)).isEqualTo("\u00b10.31");
        assertThat(Figures.error(1_204_312, 33_700)).isEqualTo("\u00b133.70\u202fk");
    }

    @Test
    void differencesAreRelativeToTheDenseModel() {
        assertThat(Figures.change(20, 25)).isEqualTo("+25.0\u202f%");
        assertThat(Figures.change(0.5, 0.45)).isEqualTo("\u221210.0\u202f%");
        assertThat(Figures.change(3, 3)).isEqualTo("\u00b10.0\u202f%");
        assertThat(Figures.change(20, 1_200_000)).isEqualTo("\u00d7\u202f60.00\u202fk");
        assertThat(ResultsTable.html(rows)).contains("<small>+23.6\u202f%</small>");
    }

    @Test
    void accuracyOverAllFilesWeighsItemsAndNotFiles() {
        Row row = new Row(
                "r",
                false,
                Map.of(),
                Map.of("a", new ReportData.Accuracy(100, 0.5, 0.4), "b", new ReportData.Accuracy(300, 0.9, 0.8)),
                rows.get(0).prefill(),
                rows.get(0).decode(),
                rows.get(0).parameters(),
                OptionalDouble.empty(),
                List.of());

        assertThat(ResultColumn.pooled(row, List.of("a", "b")).acc()).isCloseTo(0.8, within(1e-12));
        assertThat(ResultColumn.pooled(row, List.of("a", "c"))).isNull();
    }

    @Test
    void theBestOfThePrunedModelsIsMarkedAndTheDenseOneNever() {
        ResultColumn perplexity = ResultColumn.of(rows).get(0);

        assertThat(rows.stream().filter(row -> perplexity.best(row, rows)).map(Row::label))
                .containsExactly("after recover");
        assertThat(ResultsTable.html(rows))
                .contains("<td class=\"best\"><span>25.02</span>")
                .doesNotContain("<td class=\"best\"><span>20.24</span>");
    }

    @Test
    void nothingIsMarkedThatNoiseCanExplain() {
        // 2 points of accuracy among 600 questions
        ResultColumn all = column("all items");
        assertThat(rows.stream().filter(row -> all.best(row, rows))).isEmpty();
        // the same model twice, but for the chance of the parts of the text
        List<Row> twins = List.of(text(20, 1), text(25, 2), text(25.05, 3));
        ResultColumn perplexity = ResultColumn.of(twins).get(0);
        assertThat(twins.stream().filter(row -> perplexity.best(row, twins))).isEmpty();
        assertThat(perplexity.changeFrom(twins.get(1), twins.get(2))).isEqualTo("within noise");
        // whoever measured before the parts were kept
        List<Row> old = List.of(old(20), old(30), old(25));
        ResultColumn before = ResultColumn.of(old).get(0);
        assertThat(old.stream().filter(row -> before.best(row, old))).isEmpty();
        assertThat(before.changeFrom(old.get(0), old.get(2))).isEqualTo("+25.0\u202f%");
    }

    @Test
    void aPerplexityHasItsStandardError() {
        ResultColumn perplexity = ResultColumn.of(rows).get(0);
        assertThat(perplexity.text(rows.get(2))).isEqualTo("25.02 \u00b10.70");
        assertThat(ResultColumn.of(List.of(old(25))).get(0).text(old(25))).isEqualTo("25.00");
        assertThat(ResultsTable.html(rows))
                .contains("<span>25.02</span><small>\u00b10.70</small><small>+23.6\u202f%</small>");
    }

    @Test
    void whatIsMeasuredOnOtherWindowsIsNeitherMarkedNorCompared() {
        ReportData.Perplexity fine = SampleReport.perplexity(20, 1);
        ReportData.Perplexity shorter =
                new ReportData.Perplexity(fine.value() / 2, fine.standardError(), 128, fine.tokens(), fine.blocks());
        List<Row> apart = List.of(text(20, 1), text(25, 2), row("other windows", shorter, Optional.empty()));
        ResultColumn perplexity = ResultColumn.of(apart).get(0);
        assertThat(apart.stream().filter(row -> perplexity.best(row, apart))).isEmpty();
        assertThat(perplexity.changeFrom(apart.get(0), apart.get(2))).isEmpty();
        assertThat(perplexity.changeFrom(apart.get(0), apart.get(1))).isEqualTo("+25.0\u202f%");
    }

    /** Equal shapes, measured minutes apart: +26, -13 and -1 %. */
    @Test
    void speedsOfEqualShapesDifferByNoise() {
        ResultColumn decode = column("decode");
        assertThat(decode.changeFrom(rows.get(0), rows.get(1))).isEqualTo("within noise");
        assertThat(column("prefill").changeFrom(rows.get(0), rows.get(1))).isEqualTo("+17\u202f% (+15 to +21)");
        assertThat(decode.text(rows.get(0))).isEqualTo("21.70 (21.05\u201322.13)");
        List<Row> apart = List.of(speed(21.7), speed(27.3), speed(18.9), speed(21.5));
        ResultColumn unpaired = ResultColumn.of(apart).get(0);
        for (Row row : apart) {
            assertThat(unpaired.changeFrom(apart.get(0), row)).isEmpty();
            assertThat(unpaired.best(row, apart)).isFalse();
        }
        assertThat(ResultsTable.html(apart)).doesNotContain("class=\"best\"", "\u202f%");
    }

    @Test
    void everyAccuracyHasItsQuestionsAndItsStandardError() {
        assertThat(column("piqa").text(rows.get(0))).isEqualTo("0.640 \u00b10.034 of 200");
        assertThat(column("piqa").changeFrom(rows.get(0), rows.get(1))).isEqualTo("within noise");
        assertThat(ResultsTable.html(rows)).contains("<small>\u00b10.034 of 200</small>", "norm 0.635\u00b10.034");
        assertThat(ResultsText.of(rows)).contains("0.640 \u00b10.034 of 200");
        Row one = new Row(
                "r",
                false,
                Map.of(),
                Map.of("a", new ReportData.Accuracy(1, 1, 1)),
                rows.get(0).prefill(),
                rows.get(0).decode(),
                rows.get(0).parameters(),
                OptionalDouble.empty(),
                List.of());
        assertThat(ResultColumn.of(List.of(one)).get(0).text(one)).doesNotContain("NaN", "\u00b1");
    }

    private ResultColumn column(String head) {
        return ResultColumn.of(rows).stream()
                .filter(column -> column.head().equals(head))
                .findFirst()
                .orElseThrow();
    }

    private static Row text(double perplexity, int seed) {
        return row("text " + seed, SampleReport.perplexity(perplexity, seed), Optional.empty());
    }

    private static Row old(double perplexity) {
        return row(
                "old " + perplexity,
                new ReportData.Perplexity(perplexity, Double.NaN, 8, 7, List.of()),
                Optional.empty());
    }

    private static Row speed(double decode) {
        return new Row(
                "speed " + decode,
                false,
                Map.of(),
                Map.of(),
                Optional.empty(),
                SampleReport.speed(decode),
                OptionalLong.empty(),
                OptionalDouble.empty(),
                List.of());
    }

    private static Row row(String label, ReportData.Perplexity perplexity, Optional<ReportData.Speed> decode) {
        return new Row(
                label,
                false,
                Map.of("t.txt", perplexity),
                Map.of(),
                Optional.empty(),
                decode,
                OptionalLong.empty(),
                OptionalDouble.empty(),
                List.of());
    }

    @Test
    void whatWasNotMeasuredIsADashAndWhatNobodyMeasuredNoColumn() {
        List<Row> one = List.of(rows.get(4));

        assertThat(ResultsTable.html(rows)).contains("<td class=\"none\">");
        assertThat(ResultColumn.of(one))
                .extracting(ResultColumn::head)
                .containsExactly("wikitext-2/valid", "parameters");
    }

    @Test
    void filesAreCalledByWhatTellsThemApart() {
        assertThat(ResultColumn.shortName("/data/wikitext-2/valid.txt", Set.of("/data/wikitext-2/valid.txt")))
                .isEqualTo("wikitext-2/valid");
        Set<String> folders = Set.of("/d/a/valid.txt", "/d/b/valid.txt", "/d/v1.5.jsonl");
        assertThat(folders.stream().map(file -> ResultColumn.shortName(file, folders)))
                .containsExactlyInAnyOrder("a/valid", "b/valid", "v1.5");
        assertThat(ResultColumn.shortName("x.txt", Set.of("x.txt", "y/z.txt"))).isEqualTo("x");
        assertThat(ResultColumn.shortName(".txt", Set.of(".txt"))).isEqualTo(".txt");
    }
}
