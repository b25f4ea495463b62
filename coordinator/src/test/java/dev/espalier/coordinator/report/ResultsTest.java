package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.espalier.coordinator.report.ReportData.Row;
import java.util.List;
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
    }

    @Test
    void differencesAreRelativeToTheDenseModel() {
        assertThat(Figures.change(20, 25)).isEqualTo("+25.0\u202f%");
        assertThat(Figures.change(0.5, 0.45)).isEqualTo("\u221210.0\u202f%");
        assertThat(Figures.change(3, 3)).isEqualTo("\u00b10.0\u202f%");
        assertThat(Figures.change(20, 1_200_000)).isEqualTo("\u00d7\u202f60.00\u202fk");
        assertThat(ResultsTable.html(rows)).contains("<span>25.02</span><small>+23.6\u202f%</small>");
    }

    @Test
    void accuracyOverAllFilesWeighsItemsAndNotFiles() {
        Row row = new Row(
                "r",
                false,
                java.util.Map.of(),
                java.util.Map.of(
                        "a", new ReportData.Accuracy(100, 0.5, 0.4), "b", new ReportData.Accuracy(300, 0.9, 0.8)),
                rows.get(0).prefill(),
                rows.get(0).decode(),
                rows.get(0).parameters());

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
