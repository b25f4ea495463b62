package dev.espalier.methods.metrics;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** How far numbers lie from their mean. */
public final class ZScores {
    private ZScores() {}

    /**
     * Differences from the mean, in standard deviations; zeros if all numbers are alike.
     *
     * @param unit what one standard deviation counts
     */
    public static double[] of(double[] values, double unit) {
        return of(values, unit, at -> true);
    }

    /** @param counts which of them are what mean and deviation are of; others are gone already */
    public static double[] of(double[] values, double unit, IntPredicate counts) {
        double[] counted = IntStream.range(0, values.length)
                .filter(counts)
                .mapToDouble(at -> values[at])
                .toArray();
        double mean = Arrays.stream(counted).average().orElse(0);
        double deviation = deviation(counted);
        return Arrays.stream(values)
                .map(value -> deviation == 0 ? 0 : unit * (value - mean) / deviation)
                .toArray();
    }

    /** The standard deviation, of all there are; 0 if there are none. */
    public static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        return Math.sqrt(Arrays.stream(values)
                .map(value -> (value - mean) * (value - mean))
                .average()
                .orElse(0));
    }
}
