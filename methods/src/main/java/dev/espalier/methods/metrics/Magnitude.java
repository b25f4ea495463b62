package dev.espalier.methods.metrics;

import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import java.util.Set;

/** The score that needs no text: the sum of norm(W_:,j) over a unit's columns (docs/methods/metrics.md). */
public final class Magnitude implements Metric {
    @Override
    public String name() {
        return "magnitude";
    }

    @Override
    public Set<Statistic> needs() {
        return Set.of();
    }

    @Override
    public double[] score(SubBlock block) {
        float[] norms = block.torch()
                .tensor(block.scope(), "column_norms", block.weight())
                .toFloatArray();
        return block.units().sums(column -> norms[column]);
    }
}
