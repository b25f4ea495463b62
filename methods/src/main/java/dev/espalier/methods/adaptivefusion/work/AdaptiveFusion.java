package dev.espalier.methods.adaptivefusion.work;

import dev.espalier.methods.metrics.WandaSp;
import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.methods.oneshot.work.OneShotWork;
import dev.espalier.methods.taylor.ChannelSums;
import dev.espalier.worker.calibration.GradientStatistic;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.work.Legs;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coarse: |s - s^2/2|, s the sum of w g over all weights of a unit. Fine: the sum of |w g - (w g)^2/2|. A unit is worth
 * exp(I) times the sum of its row's coarse estimates, I the fusion of both by ranks, so that a row's scores tell I and the
 * row's weight in the model ({@link LayerShares}; docs/methods/adaptive-fusion.md).
 */
public final class AdaptiveFusion implements Metric {
    private static final String NAME = "adaptive-fusion";
    private static final Logger LOG = LoggerFactory.getLogger(AdaptiveFusion.class);

    /** Below every sum that a gradient leaves, and still a float. */
    private static final double LEAST = 1e-30;

    /** As every method that prunes at once by calibrated scores. */
    public static final OneShotKeys KEYS = new OneShotKeys(NAME, true);

    /** What workers do: the units of the lowest I go, between layers by the layers' shares. */
    public static final Legs LEGS = OneShotWork.byScores(NAME, LayerShares::order);

    @Override
    public String name() {
        return NAME;
    }

    /** For rows whose gradients tell nothing. */
    @Override
    public Set<Statistic> needs() {
        return new WandaSp().needs();
    }

    @Override
    public Set<GradientStatistic> needsOfGradients() {
        return Set.of(ChannelSums.SIGNED, ChannelSums.OWN_CURVATURE);
    }

    @Override
    public double[] score(SubBlock block) {
        double[] coarse = Arrays.stream(sums(block, ChannelSums.SIGNED))
                .map(s -> Math.abs(s - s * s / 2))
                .toArray();
        double[] fine = sums(block, ChannelSums.OWN_CURVATURE);
        double weight = Math.max(LEAST, Arrays.stream(coarse).sum());
        // Those that an earlier round has taken have no place among the ranks.
        int[] live = live(block);
        double[] fused = fused(block, live, at(live, coarse), at(live, fine));
        double[] scores = new double[coarse.length];
        Arrays.fill(scores, weight);
        for (int i = 0; i < live.length; i++) {
            scores[live[i]] = weight * Math.exp(fused[i]);
        }
        return scores;
    }

    private static int[] live(SubBlock block) {
        float[] norms = block.torch()
                .tensor(block.scope(), "column_norms", block.weight())
                .toFloatArray();
        double[] there = block.units().sums(column -> norms[column]);
        return IntStream.range(0, there.length).filter(unit -> there[unit] > 0).toArray();
    }

    private static double[] at(int[] units, double[] values) {
        return Arrays.stream(units).mapToDouble(unit -> values[unit]).toArray();
    }

    private static double[] fused(SubBlock block, int[] live, double[] coarse, double[] fine) {
        if (Fusion.isConstant(coarse) && Fusion.isConstant(fine)) {
            LOG.warn(
                    "{} of layer {}: gradients tell none of the units apart, they are ranked by wanda-sp",
                    block.row().structure(),
                    block.row().layer());
            return Fusion.ranks(at(live, new WandaSp().score(block)));
        }
        return Fusion.fused(coarse, fine);
    }

    /** Over all matrices and all channels of each unit. */
    private static double[] sums(SubBlock block, ChannelSums sums) {
        double[][] matrices = sums.in(block);
        return block.units().sums(column -> Arrays.stream(matrices)
                .mapToDouble(matrix -> matrix[column])
                .sum());
    }
}
