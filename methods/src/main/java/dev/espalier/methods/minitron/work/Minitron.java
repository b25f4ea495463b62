package dev.espalier.methods.minitron.work;

import dev.espalier.methods.oneshot.work.OneShotWork;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.work.Legs;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * How strongly a unit is active: of each input the mean of |x_j| over a sequence, over sequences the L2 norm of these, and the
 * L2 norm over the columns of a head (docs/methods/minitron.md).
 */
public final class Minitron implements Metric {
    public static final String NAME = "minitron";

    /** What workers do. */
    public static final Legs LEGS = OneShotWork.byScores(NAME);

    /** What it brings along for the device. */
    public static final List<String> KERNELS = List.of(Activity.KERNELS);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<Statistic> needs() {
        return Set.of(Activity.OF_INPUTS);
    }

    @Override
    public double[] score(SubBlock block) {
        double[] squares = block.found(Activity.OF_INPUTS).toDoubleArray();
        return Arrays.stream(block.units().sums(column -> squares[column]))
                .map(Math::sqrt)
                .toArray();
    }
}
