package dev.espalier.methods.metrics;

import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import java.util.Set;

/**
 * The exact error of removing a unit when the rest is re-fitted (docs/methods/closed-form.md): tr(W_S (P_SS)^-1 W_S^T)
 * over the unit's columns S, P the inverse of the damped Gram matrix.
 */
public final class Obs implements Metric {
    @Override
    public String name() {
        return "obs";
    }

    @Override
    public Set<Statistic> needs() {
        return Set.of(InputStatistic.GRAM);
    }

    @Override
    public double[] score(SubBlock block) {
        float[] costs = block.torch()
                .tensor(
                        block.scope(),
                        "removal_costs",
                        block.weight(),
                        block.found(InputStatistic.GRAM),
                        block.settings().damping(),
                        block.units().tensor(block.torch(), block.scope()))
                .toFloatArray();
        double[] scores = new double[costs.length];
        for (int unit = 0; unit < scores.length; unit++) {
            scores[unit] = costs[unit];
        }
        return scores;
    }
}
