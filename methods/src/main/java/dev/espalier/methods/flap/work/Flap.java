package dev.espalier.methods.flap.work;

import dev.espalier.methods.metrics.ZScores;
import dev.espalier.methods.oneshot.work.OneShotWork;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.work.Legs;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * WIFV, the weighted variance of the inputs: S_j = Var(x_j) norm(W_:,j)^2, squared once more where W is o_proj, standardised
 * over the columns of a sub-block; a unit's score is exp of its columns' mean, so that scores are positive and their
 * logarithms are comparable between layers and between heads and channels (docs/methods/flap.md).
 */
public final class Flap implements Metric {
    private static final String NAME = "flap";

    /** Standardised scores beyond this are alike: such a unit always stays, and exp of more does not fit a float. */
    private static final double HIGHEST = 80;

    /** What workers do: the units of the lowest standardised scores go, wherever they are. */
    public static final Legs LEGS = OneShotWork.byScores(NAME, scores -> scores.map(Math::log));

    /** What it brings along for the device. */
    public static final List<String> KERNELS = List.of(Fluctuation.KERNELS);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<Statistic> needs() {
        return Set.of(Fluctuation.OF_INPUTS);
    }

    @Override
    public double[] score(SubBlock block) {
        double[] variances = Fluctuation.variances(block.found(Fluctuation.OF_INPUTS));
        float[] norms = block.torch()
                .tensor(block.scope(), "column_norms", block.weight())
                .toFloatArray();
        double[] columns = new double[norms.length];
        for (int j = 0; j < columns.length; j++) {
            double lost = variances[j] * norms[j] * norms[j];
            columns[j] = block.row().structure() == Structure.HEADS ? lost * lost : lost;
        }
        // What earlier rounds removed has weights of 0.
        double[] standardised = ZScores.of(columns, 1, column -> norms[column] > 0);
        int width = block.units().columns()[0].length;
        return Arrays.stream(block.units().sums(column -> standardised[column]))
                .map(sum -> Math.exp(Math.min(HIGHEST, sum / width)))
                .toArray();
    }
}
