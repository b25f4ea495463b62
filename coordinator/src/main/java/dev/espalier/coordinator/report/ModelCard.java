package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ModelCardData.Shape;
import dev.espalier.coordinator.report.ReportData.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * README.md of an exported model folder: Hugging Face's front matter, what was done, what it cost, how to load it. The
 * configuration is left out: cards are published, and it names paths of this machine.
 */
public final class ModelCard {
    private ModelCard() {}

    /** The whole text. */
    public static String text(ModelCardData card) {
        ReportData report = card.report();
        StringBuilder text = new StringBuilder();
        frontMatter(text, card);
        text.append("\n# ").append(inline(report.run())).append("\n\n");
        text.append(inline(card.baseModel())).append(", made smaller with Espalier by structured pruning (method `");
        text.append(code(report.method())).append("`). ");
        text.append(gone(card.before(), card.after()));
        text.append("The folder holds what is left, with all changes merged.\n\n");
        report.parameters().ifPresent(parameters -> text.append("Parameters: ")
                .append(Figures.grouped(parameters.before()))
                .append(" before, ")
                .append(Figures.grouped(parameters.after()))
                .append(" after (")
                .append(Figures.change(parameters.before(), parameters.after()))
                .append("); ")
                .append(Figures.percent(parameters.sparsity()))
                .append(" of the prunable ones removed, wanted ")
                .append(Figures.percent(parameters.target()))
                .append(".\n\n"));
        shapes(text, card.before(), card.after());
        text.append("## How it was made\n\n- base model: ").append(inline(card.baseModel()));
        card.license().ifPresent(license -> text.append(", licence ").append(inline(license)));
        text.append("\n- seed: ").append(card.seed()).append('\n');
        card.settings()
                .forEach(setting -> text.append("- ").append(inline(setting)).append('\n'));
        card.data()
                .forEach(
                        source -> text.append("- text: ").append(inline(source)).append('\n'));
        text.append('\n');
        if (!report.rows().isEmpty()) {
            numbers(text, report.rows());
        }
        text.append(LoadingLines.of(card.loaders()));
        return text.toString();
    }

    private static void frontMatter(StringBuilder text, ModelCardData card) {
        text.append("---\n");
        card.license()
                .ifPresent(license ->
                        text.append("license: ").append(yaml(license)).append('\n'));
        text.append("base_model: ").append(yaml(card.baseModel())).append('\n');
        text.append("pipeline_tag: text-generation\n");
        text.append(card.loaders().transformers() ? "library_name: transformers\n" : "");
        text.append("tags:\n- espalier\n- pruned\n- structured-pruning\n- ");
        text.append(yaml(card.report().method())).append("\n---\n");
    }

    /** What the model has less of; nothing if that is nothing. */
    private static String gone(Shape before, Shape after) {
        List<String> gone = new ArrayList<>();
        if (after.layers() != before.layers()) {
            gone.add("layers");
        }
        if (differ(before, after, Shape::heads) || differ(before, after, Shape::kvHeads)) {
            gone.add("attention heads");
        }
        if (differ(before, after, Shape::intermediate)) {
            gone.add("FFN channels");
        }
        if (after.hidden() != before.hidden()) {
            gone.add("hidden channels");
        }
        if (gone.isEmpty()) {
            return "";
        }
        int last = gone.size() - 1;
        String first = String.join(", ", gone.subList(0, last));
        return "Whole " + first + (last == 0 ? "" : " and ") + gone.get(last) + " are gone. ";
    }

    /** Which layers went, shapes do not tell: what is left of others must be as some layer was. */
    private static boolean differ(Shape before, Shape after, Function<Shape, List<Integer>> counts) {
        return after.layers() == before.layers()
                ? !counts.apply(after).equals(counts.apply(before))
                : !counts.apply(before).containsAll(counts.apply(after));
    }

    private static void shapes(StringBuilder text, Shape before, Shape after) {
        text.append("## Shape\n\n| | before | after |\n|---|---|---|\n");
        line(text, "layers", before, after, shape -> Integer.toString(shape.layers()));
        line(text, "hidden size", before, after, shape -> Integer.toString(shape.hidden()));
        line(text, "query heads", before, after, shape -> range(shape.heads()));
        line(text, "KV heads", before, after, shape -> range(shape.kvHeads()));
        line(text, "head size", before, after, shape -> Integer.toString(shape.headDim()));
        line(text, "FFN channels", before, after, shape -> range(shape.intermediate()));
        line(text, "vocabulary", before, after, shape -> Integer.toString(shape.vocabulary()));
        text.append('\n');
    }

    private static void line(
            StringBuilder text, String name, Shape before, Shape after, Function<Shape, String> value) {
        text.append("| ").append(name).append(" | ").append(value.apply(before)).append(" | ");
        text.append(value.apply(after)).append(" |\n");
    }

    private static String range(List<Integer> layers) {
        int least = Collections.min(layers);
        int most = Collections.max(layers);
        return least == most ? Integer.toString(least) : least + " to " + most + ", by layer";
    }

    private static void numbers(StringBuilder text, List<Row> rows) {
        List<ResultColumn> columns = ResultColumn.of(rows);
        text.append("## Numbers\n\nAll rows were measured by the same protocol; in brackets: against the first row.");
        text.append(
                " Behind \u00b1 stand standard errors. Accuracy is by summed log-probability. Speeds are medians with the least and");
        text.append(" the greatest of the repeats; a change of speed is from measuring both models in turn.\n\n| |");
        columns.forEach(column -> text.append(' ')
                .append(inline(column.group() + " " + column.head()))
                .append(" |"));
        text.append("\n|---|").append("---:|".repeat(columns.size())).append('\n');
        for (Row row : rows) {
            text.append("| ").append(inline(row.label())).append(" |");
            for (ResultColumn column : columns) {
                text.append(' ').append(cell(column, row, rows.get(0))).append(" |");
            }
            text.append('\n');
        }
        text.append('\n');
    }

    private static String cell(ResultColumn column, Row row, Row first) {
        if (!column.measured(row)) {
            return "";
        }
        String change = column.changeFrom(first, row);
        return column.text(row) + (change.isEmpty() ? "" : " (" + change + ")");
    }

    /** Quoted, so that no name can end the value it stands in; control characters cannot occur in a line. */
    private static String yaml(String value) {
        return "\"" + oneLine(value).replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** Text that no Markdown table or HTML renderer takes for markup; the # of what HTML writes for a character is none. */
    private static String inline(String value) {
        return Html.escape(oneLine(value).replaceAll("([\\\\`*_\\[\\]|#])", "\\\\$1"));
    }

    private static String code(String value) {
        return oneLine(value).replace("`", "'");
    }

    private static String oneLine(String value) {
        return value.replaceAll("\\p{Cntrl}+", " ");
    }
}
