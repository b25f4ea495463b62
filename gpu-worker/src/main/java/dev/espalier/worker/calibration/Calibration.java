package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;

/**
 * One pass of calibration text through the intact model, which collects what the metrics ask for and nothing else, and
 * has them score the units of each sub-block.
 */
public final class Calibration {
    private static final int[][] NO_TEXT = {};

    private final Decoder model;
    private final Torch torch;
    private final PrunableShape shape;
    private final RunConfig.Calibrate settings;

    public Calibration(Decoder model, PrunableShape shape, RunConfig.Calibrate settings) {
        this.model = model;
        this.torch = model.torch();
        this.shape = shape;
        this.settings = settings;
    }

    /** Scores by a metric that needs no text. */
    public MaskSet ofWeights(Metric metric) {
        return run(Set.of(metric), NO_TEXT, layer -> {}).of(metric);
    }

    /** With gradients of the same sequences, if a metric asks for any. */
    public Scores run(Collection<Metric> metrics, int[][] rows, IntConsumer done) {
        return run(metrics, rows, rows, done);
    }

    /**
     * @param rows calibration sequences; none if no metric needs any
     * @param gradientRows those whose loss gradients are taken of
     * @param done called with the number of layers that are done, also before the first is
     */
    public Scores run(Collection<Metric> metrics, int[][] rows, int[][] gradientRows, IntConsumer done) {
        Map<String, MaskSet> scores = new LinkedHashMap<>();
        Set<Statistic> wanted = new LinkedHashSet<>();
        Set<GradientStatistic> wantedOfGradients = new LinkedHashSet<>();
        for (Metric metric : metrics) {
            scores.put(metric.name(), shape.filled(0));
            wanted.addAll(metric.needs());
            wantedOfGradients.addAll(metric.needsOfGradients());
        }
        int[][] text = wanted.isEmpty() ? NO_TEXT : rows;
        try (NDManager scope = torch.scope()) {
            GradientStatistics ofGradients =
                    GradientStatistics.of(model, shape, scope, gradientRows, wantedOfGradients, () -> done.accept(0));
            score(metrics, text, wanted, ofGradients, scores, done);
        }
        return new Scores(scores);
    }

    private void score(
            Collection<Metric> metrics,
            int[][] text,
            Set<Statistic> wanted,
            GradientStatistics ofGradients,
            Map<String, MaskSet> scores,
            IntConsumer done) {
        try (NDManager scope = torch.scope();
                LayerWalk walk = new LayerWalk(model, text, torch.empty(scope), new NDList(), 0)) {
            for (int layer = 0; layer < shape.layers(); layer++) {
                try (NDManager whole = torch.scope()) {
                    NDList tensors = walk.layer(whole, layer);
                    try (NDManager step = torch.scope()) {
                        NDArray weight = Slot.O.of(tensors);
                        String name = Slot.O.nameIn(layer);
                        boolean scored = shape.masks(Granularity.HEADS);
                        Map<Statistic, NDArray> found = walk.measuredPast(
                                step,
                                name,
                                walk.attention(tensors),
                                weight,
                                Slot.O_BIAS.of(tensors),
                                scored ? wanted : Set.of());
                        if (scored) {
                            UnitColumns units = UnitColumns.heads(shape);
                            Row row = Row.heads(layer);
                            score(metrics, block(step, row, weight, units, found, ofGradients), name, scores);
                        }
                    }
                    try (NDManager step = torch.scope()) {
                        NDArray weight = Slot.DOWN.of(tensors);
                        String name = Slot.DOWN.nameIn(layer);
                        boolean scored = shape.masks(Granularity.FFN);
                        Map<Statistic, NDArray> found = walk.measuredPast(
                                step, name, walk.ffn(tensors), weight, torch.empty(step), scored ? wanted : Set.of());
                        if (scored) {
                            UnitColumns units = UnitColumns.ffn(shape);
                            Row row = Row.ffn(layer);
                            score(metrics, block(step, row, weight, units, found, ofGradients), name, scores);
                        }
                    }
                }
                done.accept(layer + 1);
            }
        }
    }

    private Metric.SubBlock block(
            NDManager scope,
            Row row,
            NDArray weight,
            UnitColumns units,
            Map<Statistic, NDArray> found,
            GradientStatistics ofGradients) {
        return new Metric.SubBlock(torch, scope, row, weight, units, found, ofGradients.of(row), settings);
    }

    /** @param name of the block's weight */
    private static void score(
            Collection<Metric> metrics, Metric.SubBlock block, String name, Map<String, MaskSet> scores) {
        for (Metric metric : metrics) {
            double[] found = metric.score(block);
            double[] into = scores.get(metric.name()).row(block.row());
            for (int unit = 0; unit < into.length; unit++) {
                into[unit] = found[unit];
                if (!Double.isFinite(found[unit])) {
                    throw new UserError("the score of unit " + unit + " in " + name + " by " + metric.name() + " is "
                            + found[unit] + ": raise calibrate.damping");
                }
            }
        }
    }
}
