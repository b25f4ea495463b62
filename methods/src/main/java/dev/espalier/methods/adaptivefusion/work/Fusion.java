package dev.espalier.methods.adaptivefusion.work;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How two estimates of what units are worth become one. Of a row of units, n numbers each. */
final class Fusion {
    /** Coefficients of variation below this tell nothing apart. */
    private static final double CONSTANT = 1e-6;

    private Fusion() {}

    /** Whether an estimate is the same for all. */
    static boolean isConstant(double[] estimate) {
        return variation(estimate) < CONSTANT;
    }

    /**
     * alpha rank(coarse) + (1 - alpha) rank(fine), alpha as {@link #coarseShare}: n numbers in 0..1, whose mean is 1/2.
     *
     * @param coarse of whole units; @param fine of their weights; not both constant
     */
    static double[] fused(double[] coarse, double[] fine) {
        double alpha = coarseShare(coarse, fine);
        double[] ofCoarse = ranks(coarse);
        double[] ofFine = ranks(fine);
        return IntStream.range(0, coarse.length)
                .mapToDouble(unit -> alpha * ofCoarse[unit] + (1 - alpha) * ofFine[unit])
                .toArray();
    }

    /** The first of softmax(cv(coarse), cv(fine)); a constant estimate has no say. */
    static double coarseShare(double[] coarse, double[] fine) {
        if (isConstant(coarse)) {
            return 0;
        }
        return isConstant(fine) ? 1 : 1 / (1 + Math.exp(variation(fine) - variation(coarse)));
    }

    /** Standard deviation (of n - 1) over the mean; 0 of a single number, and where all are 0. */
    static double variation(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        if (values.length < 2 || mean == 0) {
            return 0;
        }
        double squares = Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        return Math.sqrt(squares / (values.length - 1)) / mean;
    }

    /** Places from 0, the lowest, to 1; equal numbers share the mean of theirs, and a single one has 1/2. */
    static double[] ranks(double[] values) {
        int[] ascending = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(unit -> values[unit]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[values.length];
        for (int from = 0; from < values.length; ) {
            int to = from + 1;
            while (to < values.length && values[ascending[to]] == values[ascending[from]]) {
                to++;
            }
            for (int place = from; place < to; place++) {
                ranks[ascending[place]] = values.length == 1 ? 0.5 : (from + to - 1) / 2.0 / (values.length - 1);
            }
            from = to;
        }
        return ranks;
    }
}
