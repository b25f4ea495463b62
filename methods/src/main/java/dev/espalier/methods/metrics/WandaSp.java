package dev.espalier.methods.metrics;

import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import java.util.Set;

/**
 * Wanda in its structured form (Sun et al. 2023, arXiv 2306.11695; An et al. 2023, arXiv 2312.11983): mean_i abs(W_ij)
 * times norm(x_j), summed over a unit's columns (docs/methods/metrics.md).
 */
public final class WandaSp implements Metric {
    @Override
    public String name() {
        return "wanda-sp";
    }

    @Override
    public Set<Statistic> needs() {
        return Set.of(InputStatistic.MOMENTS);
    }

    @Override
    public double[] score(SubBlock block) {
        float[] means = block.torch()
                .tensor(block.scope(), "column_means", block.weight())
                .toFloatArray();
        double[] moments = block.found(InputStatistic.MOMENTS).toDoubleArray();
        return block.units().sums(column -> means[column] * Math.sqrt(moments[column]));
    }
}
