package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.Metric;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * One pass of calibration text through the intact model. The Gram matrices of the inputs of o_proj and down_proj give
 * every metric its scores: {@code obs}, the exact error of removing a unit when the rest is re-fitted
 * (docs/methods/closed-form.md); {@code wanda-sp}, mean |W_ij| * norm(x_j), the tokens weighted as
 * {@link LayerWalk#gram} says, and {@code magnitude}, norm(W_:,j)
 * (docs/methods/metrics.md).
 */
public final class Calibration {
    private final Decoder model;
    private final Torch torch;
    private final PrunableShape shape;
    private final double damping;

    public Calibration(Decoder model, PrunableShape shape, double damping) {
        this.model = model;
        this.torch = model.torch();
        this.shape = shape;
        this.damping = damping;
    }

    /**
     * @param rows calibration sequences
     * @param done called with the number of layers that are done
     */
    public Scores run(int[][] rows, IntConsumer done) {
        Map<Metric, MaskSet> scores = new EnumMap<>(Metric.class);
        for (Metric metric : Metric.values()) {
            scores.put(metric, shape.filled(0));
        }
        try (NDManager scope = torch.scope();
                LayerWalk walk = new LayerWalk(model, rows, torch.empty(scope), new NDList(), 0)) {
            for (int layer = 0; layer < shape.layers(); layer++) {
                try (NDManager step = torch.scope()) {
                    NDList tensors = walk.layer(step, layer);
                    NDArray weight = Slot.O.of(tensors);
                    String name = Slot.O.nameIn(layer);
                    if (shape.masks(Granularity.HEADS)) {
                        LayerWalk.Statistics found =
                                walk.measuredPast(step, name, walk.attention(tensors), weight, Slot.O_BIAS.of(tensors));
                        score(step, name, found, weight, HeadUnits.columns(shape), scores, Row.heads(layer));
                    } else {
                        walk.past(walk.attention(tensors), weight, Slot.O_BIAS.of(tensors));
                    }
                }
                try (NDManager step = torch.scope()) {
                    NDList tensors = walk.layer(step, layer);
                    NDArray weight = Slot.DOWN.of(tensors);
                    String name = Slot.DOWN.nameIn(layer);
                    if (shape.masks(Granularity.FFN)) {
                        LayerWalk.Statistics found =
                                walk.measuredPast(step, name, walk.ffn(tensors), weight, torch.empty(step));
                        score(step, name, found, weight, Magnitude.channels(shape), scores, Row.ffn(layer));
                    } else {
                        walk.past(walk.ffn(tensors), weight, torch.empty(step));
                    }
                }
                done.accept(layer + 1);
            }
        }
        return new Scores(scores);
    }

    /** @param weight [d, F], called {@code name}; @param units their columns in it; @param row where their scores go */
    private void score(
            NDManager scope,
            String name,
            LayerWalk.Statistics found,
            NDArray weight,
            int[][] units,
            Map<Metric, MaskSet> scores,
            Row row) {
        float[] costs = torch.tensor(
                        scope, "removal_costs", weight, found.gram(), damping, UnitTensors.of(torch, scope, units))
                .toFloatArray();
        float[] norms = torch.tensor(scope, "column_norms", weight).toFloatArray();
        float[] means = torch.tensor(scope, "column_means", weight).toFloatArray();
        double[] obs = scores.get(Metric.OBS).row(row);
        double[] magnitudes = scores.get(Metric.MAGNITUDE).row(row);
        double[] wandas = scores.get(Metric.WANDA_SP).row(row);
        for (int unit = 0; unit < units.length; unit++) {
            double magnitude = 0;
            double wanda = 0;
            for (int column : units[unit]) {
                magnitude += norms[column];
                wanda += means[column] * Math.sqrt(found.moments()[column]);
            }
            obs[unit] = costs[unit];
            magnitudes[unit] = magnitude;
            wandas[unit] = wanda;
            if (!Double.isFinite(costs[unit] + magnitude + wanda)) {
                throw new UserError("the scores of unit " + unit + " in " + name + " are not finite (obs " + costs[unit]
                        + ", magnitude " + magnitude + ", wanda-sp " + wanda + "): raise calibrate.damping");
            }
        }
    }
}
