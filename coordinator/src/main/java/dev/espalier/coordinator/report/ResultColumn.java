package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Accuracy;
import dev.espalier.coordinator.report.ReportData.Perplexity;
import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ReportData.Speed;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/**
 * One thing that models are measured by.
 *
 * @param group columns of one group stand under a common head
 * @param hint the whole file name, or what is meant
 * @param value of a model; NaN if it was not measured
 * @param error how sure the value is, such as "\u00b10.034 of 200"; may be empty
 * @param note a second number in the same cell; may be empty
 * @param difference of a model against another one
 * @param change of a model against the dense one, for people; empty if the two cannot be compared
 */
record ResultColumn(
        String group,
        String head,
        String hint,
        Function<Row, Double> value,
        DoubleFunction<String> format,
        Function<Row, String> error,
        Function<Row, String> note,
        BiFunction<Row, Row, Difference> difference,
        BiFunction<Row, Row, String> change) {
    static final String PERPLEXITY = "Perplexity \u2193";
    static final String ACCURACY = "Accuracy \u2191";
    static final String SPEED = "Tokens/s \u2191";
    static final String SIZE = "Size";

    private static final String NOISE = "within noise";

    /** All columns that at least one row fills. */
    static List<ResultColumn> of(List<Row> rows) {
        List<ResultColumn> columns = new ArrayList<>();
        Set<String> texts = files(rows, Row::perplexity);
        for (String file : texts) {
            columns.add(perplexity(shortName(file, texts), file));
        }
        Set<String> choices = files(rows, Row::choices);
        for (String file : choices) {
            columns.add(accuracy(
                    shortName(file, choices), file, row -> row.choices().get(file)));
        }
        if (choices.size() > 1) {
            columns.add(accuracy("all items", "all questions of all files", row -> pooled(row, choices)));
        }
        columns.add(speed("prefill", Row::prefill));
        columns.add(speed("decode", Row::decode));
        columns.add(parameters());
        columns.removeIf(column -> rows.stream().noneMatch(column::measured));
        return columns;
    }

    static Optional<ResultColumn> first(List<ResultColumn> columns, String group) {
        return columns.stream().filter(column -> column.group().equals(group)).findFirst();
    }

    static Optional<ResultColumn> last(List<ResultColumn> columns, String group) {
        return columns.stream().filter(column -> column.group().equals(group)).reduce((a, b) -> b);
    }

    boolean measured(Row row) {
        return Double.isFinite(value.apply(row));
    }

    /** The value with how sure it is. */
    String text(Row row) {
        String sure = error.apply(row);
        return format.apply(value.apply(row)) + (sure.isEmpty() ? "" : " " + sure);
    }

    /** Against the dense model; empty for that one itself. */
    String changeFrom(Row dense, Row row) {
        return row.equals(dense) || !measured(dense) || !measured(row) ? "" : change.apply(row, dense);
    }

    /** Whether this pruned model beats every other by more than chance; with only one there is nothing to choose. */
    boolean best(Row row, List<Row> rows) {
        List<Row> others = rows.stream()
                .skip(1)
                .filter(other -> !other.equals(row) && measured(other))
                .toList();
        return !row.equals(rows.get(0))
                && measured(row)
                && !others.isEmpty()
                && others.stream().allMatch(other -> difference.apply(row, other) == Difference.BETTER);
    }

    /** The accuracy over all questions, if this model was asked all of them. */
    static Accuracy pooled(Row row, Collection<String> files) {
        int items = 0;
        double acc = 0;
        double accNorm = 0;
        for (String file : files) {
            Accuracy one = row.choices().get(file);
            if (one == null) {
                return null;
            }
            items += one.items();
            acc += one.items() * one.acc();
            accNorm += one.items() * one.accNorm();
        }
        return new Accuracy(items, acc / items, accNorm / items);
    }

    static Set<String> files(List<Row> rows, Function<Row, Map<String, ?>> measured) {
        Set<String> files = new LinkedHashSet<>();
        rows.forEach(row -> files.addAll(measured.apply(row).keySet()));
        return files;
    }

    /**
     * What tells a file from the others: its path below their common folder, without the extension. A lone file keeps
     * the name of its folder, since "valid" alone says little.
     */
    static String shortName(String file, Set<String> all) {
        String common = all.size() == 1 ? parent(parent(file)) : parent(file);
        while (!common.isEmpty() && !startAll(all, common)) {
            common = parent(common);
        }
        return file.substring(common.length()).replaceFirst("(?<=[^/])\\.[A-Za-z0-9]{1,6}$", "");
    }

    private static boolean startAll(Set<String> files, String folder) {
        return files.stream().allMatch(file -> file.startsWith(folder));
    }

    /** The folder a file or folder is in, with its slash; empty at the top. */
    private static String parent(String path) {
        return path.isEmpty() ? path : path.substring(0, path.lastIndexOf('/', path.length() - 2) + 1);
    }

    private static ResultColumn perplexity(String head, String file) {
        Function<Row, Double> value = row ->
                row.perplexity().containsKey(file) ? row.perplexity().get(file).value() : Double.NaN;
        BiFunction<Row, Row, Difference> difference = (row, other) ->
                Difference.of(row.perplexity().get(file), other.perplexity().get(file));
        return new ResultColumn(
                PERPLEXITY,
                head,
                file,
                value,
                Figures::plain,
                row -> error(row.perplexity().get(file)),
                row -> "",
                difference,
                (row, dense) ->
                        row.perplexity().get(file).comparable(dense.perplexity().get(file))
                                ? unlessNoise(difference, value).apply(row, dense)
                                : "");
    }

    private static String error(Perplexity perplexity) {
        double error = perplexity.standardError();
        return Double.isNaN(error) ? "" : Figures.error(perplexity.value(), error);
    }

    private static ResultColumn accuracy(String head, String hint, Function<Row, Accuracy> of) {
        Function<Row, Double> value =
                row -> of.apply(row) == null ? Double.NaN : of.apply(row).acc();
        BiFunction<Row, Row, Difference> difference = (row, other) -> Difference.of(of.apply(row), of.apply(other));
        return new ResultColumn(
                ACCURACY,
                head,
                hint,
                value,
                Figures::accuracy,
                row -> (error(of.apply(row), of.apply(row).acc()) + " of "
                                + of.apply(row).items())
                        .strip(),
                row -> "norm " + Figures.accuracy(of.apply(row).accNorm())
                        + error(of.apply(row), of.apply(row).accNorm()),
                difference,
                unlessNoise(difference, value));
    }

    private static String error(Accuracy accuracy, double value) {
        double error = accuracy.standardError(value);
        return Double.isNaN(error) ? "" : "\u00b1" + Figures.accuracy(error);
    }

    private static BiFunction<Row, Row, String> unlessNoise(
            BiFunction<Row, Row, Difference> difference, Function<Row, Double> value) {
        return (row, dense) -> difference.apply(row, dense) == Difference.NOISE
                ? NOISE
                : Figures.change(value.apply(dense), value.apply(row));
    }

    /** Models that were not measured in turn have met another machine each, so that nothing is said of them. */
    private static ResultColumn speed(String head, Function<Row, Optional<Speed>> of) {
        return new ResultColumn(
                SPEED,
                head,
                head + ", median of repeats",
                row -> of.apply(row).map(speed -> speed.perSecond().median()).orElse(Double.NaN),
                Figures::count,
                row -> range(of.apply(row).orElseThrow()),
                row -> "",
                (row, other) -> Difference.UNKNOWN,
                (row, dense) -> of.apply(row)
                        .flatMap(Speed::ratio)
                        .map(ResultColumn::faster)
                        .orElse(""));
    }

    private static String range(Speed speed) {
        return Double.isNaN(speed.perSecond().least())
                ? ""
                : "(" + Figures.count(speed.perSecond().least()) + "\u2013"
                        + Figures.count(speed.perSecond().greatest()) + ")";
    }

    private static String faster(ReportData.Spread ratio) {
        return switch (Difference.of(ratio)) {
            case NOISE -> NOISE;
            case UNKNOWN -> "";
            case BETTER, WORSE -> Figures.change(1, ratio.median(), ratio.least(), ratio.greatest());
        };
    }

    private static ResultColumn parameters() {
        Function<Row, Double> value =
                row -> row.parameters().isPresent() ? row.parameters().getAsLong() : Double.NaN;
        return new ResultColumn(
                SIZE,
                "parameters",
                "parameters",
                value,
                Figures::count,
                row -> "",
                row -> "",
                (row, other) -> Difference.UNKNOWN,
                (row, dense) -> Figures.change(value.apply(dense), value.apply(row)));
    }
}
