package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Accuracy;
import dev.espalier.coordinator.report.ReportData.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/**
 * One thing that models are measured by.
 *
 * @param group columns of one group stand under a common head
 * @param hint the whole file name, or what is meant
 * @param direction 1 if more is better, -1 if less is, 0 if it is no merit
 * @param value of a model; NaN if it was not measured
 * @param note a second number in the same cell; may be empty
 */
record ResultColumn(
        String group,
        String head,
        String hint,
        int direction,
        Function<Row, Double> value,
        DoubleFunction<String> format,
        Function<Row, String> note) {

    /** All columns that at least one row fills. */
    static List<ResultColumn> of(List<Row> rows) {
        List<ResultColumn> columns = new ArrayList<>();
        Set<String> texts = files(rows, Row::perplexity);
        for (String file : texts) {
            columns.add(new ResultColumn(
                    "Perplexity \u2193",
                    shortName(file, texts),
                    file,
                    -1,
                    row -> row.perplexity().getOrDefault(file, Double.NaN),
                    Figures::plain,
                    row -> ""));
        }
        Set<String> choices = files(rows, Row::choices);
        for (String file : choices) {
            columns.add(accuracy(
                    shortName(file, choices), file, row -> row.choices().get(file)));
        }
        if (choices.size() > 1) {
            columns.add(accuracy("all items", "all questions of all files", row -> pooled(row, choices)));
        }
        columns.add(number("Tokens/s \u2191", "prefill", row -> row.prefill().orElse(Double.NaN)));
        columns.add(number("Tokens/s \u2191", "decode", row -> row.decode().orElse(Double.NaN)));
        columns.add(number(
                "Size",
                "parameters",
                row -> row.parameters().isPresent() ? row.parameters().getAsLong() : Double.NaN));
        columns.removeIf(column -> rows.stream().noneMatch(column::measured));
        return columns;
    }

    boolean measured(Row row) {
        return Double.isFinite(value.apply(row));
    }

    /** Whether no pruned model beats this one; with only one there is nothing to choose. */
    boolean best(Row row, List<Row> rows) {
        List<Double> pruned = rows.stream()
                .skip(1)
                .filter(this::measured)
                .map(other -> direction * value.apply(other))
                .toList();
        return direction != 0
                && !row.equals(rows.get(0))
                && measured(row)
                && pruned.size() > 1
                && pruned.stream().allMatch(other -> other <= direction * value.apply(row));
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

    private static ResultColumn accuracy(String head, String hint, Function<Row, Accuracy> of) {
        return new ResultColumn(
                "Accuracy \u2191",
                head,
                hint,
                1,
                row -> of.apply(row) == null ? Double.NaN : of.apply(row).acc(),
                Figures::accuracy,
                row -> of.apply(row) == null
                        ? ""
                        : "norm " + Figures.accuracy(of.apply(row).accNorm()));
    }

    /** Sizes and speeds: speeds differ by noise too, so none is called the best. */
    private static ResultColumn number(String group, String head, Function<Row, Double> value) {
        return new ResultColumn(group, head, head, 0, value, Figures::count, row -> "");
    }
}
