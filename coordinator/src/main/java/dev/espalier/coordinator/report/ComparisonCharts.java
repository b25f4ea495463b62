package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ReportData.Speed;
import dev.espalier.coordinator.report.TradeOffChart.Mark;
import dev.espalier.coordinator.report.TradeOffChart.Track;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What quality a comparison's models keep at which size, and at which speed. */
final class ComparisonCharts {
    /** Models beyond so many times the dense one's perplexity would leave no room for the others. */
    private static final double READABLE = 5;

    private final Comparison comparison;
    private final Row dense;

    private ComparisonCharts(Comparison comparison, Row dense) {
        this.comparison = comparison;
        this.dense = dense;
    }

    /**
     * One horizontal axis.
     *
     * @param value of a model, a positive number; NaN if it was not measured
     */
    private record Across(String id, String words, String caption, Function<Row, Double> value) {}

    /** @param name with its target, for people */
    private record Model(String method, String name, Row row) {}

    /** None before there are two models to hold against each other. */
    static List<TradeOffChart> of(Comparison comparison) {
        Optional<Row> dense = comparison.dense();
        if (dense.isEmpty()) {
            return List.of();
        }
        ComparisonCharts charts = new ComparisonCharts(comparison, dense.get());
        boolean recovers =
                comparison.runs().stream().anyMatch(run -> run.recovered().isPresent());
        String last = recovers ? Comparison.RECOVERED : Comparison.PRUNED;
        List<TradeOffChart> all = new ArrayList<>();
        List<ResultColumn> columns = ComparisonTable.of(comparison).columns();
        Stream.of(
                        ResultColumn.first(columns, ResultColumn.PERPLEXITY),
                        ResultColumn.last(columns, ResultColumn.ACCURACY))
                .flatMap(Optional::stream)
                .forEach(quality -> {
                    charts.chart(quality, charts.size(), last).ifPresent(all::add);
                    charts.chart(quality, charts.speed(), last).ifPresent(all::add);
                    if (recovers) {
                        charts.chart(quality, charts.size(), Comparison.PRUNED).ifPresent(all::add);
                    }
                });
        return all;
    }

    private Across size() {
        return new Across(
                "size",
                "size",
                "Parameters of the whole model.",
                row -> row.parameters().isPresent() ? row.parameters().getAsLong() : Double.NaN);
    }

    private Across speed() {
        return new Across(
                "speed",
                "decode speed",
                "Tokens/s: the dense model's, times what was measured beside it in turn.",
                row -> row.decode().map(this::perSecond).orElse(Double.NaN));
    }

    /** At the pace that the machine had when the dense model was measured first. */
    private double perSecond(Speed speed) {
        double own = speed.perSecond().median();
        return speed.ratio()
                .flatMap(ratio -> dense.decode().map(base -> base.perSecond().median() * ratio.median()))
                .orElse(own);
    }

    private Optional<TradeOffChart> chart(ResultColumn quality, Across across, String state) {
        List<Model> models = models(quality, across, state);
        if (models.isEmpty() || !drawable(quality, across, dense)) {
            return Optional.empty();
        }
        boolean perplexity = quality.group().equals(ResultColumn.PERPLEXITY);
        List<Model> beyond = models.stream()
                .filter(model -> perplexity && beyond(quality, model.row()))
                .toList();
        // If none of them is any good, their distances from each other are all there is to see.
        List<Model> drawn = new ArrayList<>(models);
        drawn.removeAll(beyond.size() < models.size() ? beyond : List.of());
        String kind = perplexity ? "Perplexity" : "Accuracy";
        return Optional.of(new TradeOffChart(
                kind.toLowerCase(Locale.ROOT) + "-" + across.id() + "-" + state,
                kind + ", " + quality.head() + ", against " + across.words() + ": " + state + ".",
                across.caption() + (drawn.size() < models.size() ? notDrawn(quality, beyond) : ""),
                Figures::tick,
                Figures::tick,
                mark(quality, across, new Model(dense.label(), dense.label(), dense)),
                tracks(quality, across, drawn)));
    }

    private List<Model> models(ResultColumn quality, Across across, String state) {
        List<Model> models = new ArrayList<>();
        // Lines go from the dense model on, in whatever order the targets were named.
        for (Comparison.Group group : comparison.groups().stream()
                .sorted(Comparator.comparingDouble(Comparison.Group::target))
                .toList()) {
            if (group.state().equals(state)) {
                group.rows().stream()
                        .filter(row -> drawable(quality, across, row))
                        .forEach(row -> models.add(new Model(row.label(), row.label() + ", " + group.goal(), row)));
            }
        }
        return models;
    }

    private List<Track> tracks(ResultColumn quality, Across across, List<Model> models) {
        List<Track> tracks = new ArrayList<>();
        List<String> methods = comparison.methods();
        for (int number = 0; number < methods.size(); number++) {
            String method = methods.get(number);
            List<Mark> marks = models.stream()
                    .filter(model -> model.method().equals(method))
                    .map(model -> mark(quality, across, model))
                    .toList();
            if (!marks.isEmpty()) {
                tracks.add(new Track(method, number, marks));
            }
        }
        return tracks;
    }

    private static String notDrawn(ResultColumn quality, List<Model> models) {
        return models.stream()
                .map(model -> model.name() + ": " + told(quality, model))
                .collect(Collectors.joining("; ", " Not drawn, beyond five times the dense model's: ", "."));
    }

    private static String told(ResultColumn quality, Model model) {
        return quality.format().apply(quality.value().apply(model.row()));
    }

    private static boolean drawable(ResultColumn quality, Across across, Row row) {
        return quality.measured(row) && Double.isFinite(across.value().apply(row));
    }

    private boolean beyond(ResultColumn quality, Row row) {
        return quality.value().apply(row) > READABLE * quality.value().apply(dense);
    }

    private static Mark mark(ResultColumn quality, Across across, Model model) {
        double x = across.value().apply(model.row());
        return new Mark(
                new Point(x, quality.value().apply(model.row())),
                model.name() + ": " + told(quality, model) + " at " + Figures.count(x));
    }
}
