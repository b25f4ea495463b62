package dev.espalier.coordinator.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Where values lie between the ends of a chart, and which of them are labelled.
 *
 * @param ticks labelled values, ascending
 */
record Axis(double low, double high, boolean logarithmic, List<Double> ticks) {
    private static final double[] ROUND = {1, 2, 2.5, 5, 10};

    /** From this ratio of the largest to the smallest value on, a linear axis shows only the largest. */
    private static final double LOG_SPREAD = 20;

    /** The one that shows small and large values. */
    static Axis fitting(double low, double high, int about) {
        return low > 0 && high / low > LOG_SPREAD ? logarithmic(low, high) : linear(low, high, about);
    }

    /** A linear axis that ends at round values. */
    static Axis linear(double low, double high, int about) {
        double span = high > low ? high - low : Math.max(Math.abs(high), 1);
        double step = roundUp(span / about);
        double first = Math.floor(low / step + 1e-9) * step;
        double last = Math.ceil((high > low ? high : low + span) / step - 1e-9) * step;
        return new Axis(first, last, false, multiples(first, last, step));
    }

    /** A linear axis that ends exactly at the data, for steps. */
    static Axis exact(double low, double high, int about) {
        double last = high > low ? high : low + 1;
        double step = Math.max(1, roundUp((last - low) / about));
        return new Axis(low, last, false, multiples(Math.ceil(low / step) * step, last, step));
    }

    /** A logarithmic axis over positive values, labelled at 1, 2, 5 of each decade where there is room. */
    static Axis logarithmic(double low, double high) {
        int from = (int) Math.floor(Math.log10(low));
        int to = (int) Math.ceil(Math.log10(high));
        double[] marks = high / low < 200 ? new double[] {1, 2, 5} : new double[] {1};
        List<Double> ticks = new ArrayList<>();
        for (int decade = from; decade <= to; decade++) {
            for (double mark : marks) {
                double value = mark * Math.pow(10, decade);
                if (value >= low / 1.001 && value <= high * 1.001) {
                    ticks.add(value);
                }
            }
        }
        return new Axis(low, high, true, ticks);
    }

    /** 0 at the low end, 1 at the high end. */
    double place(double value) {
        return logarithmic
                ? (Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))
                : (value - low) / (high - low);
    }

    private static List<Double> multiples(double first, double last, double step) {
        List<Double> ticks = new ArrayList<>();
        for (int i = 0; first + i * step <= last + step * 1e-6; i++) {
            ticks.add(first + i * step);
        }
        return ticks;
    }

    private static double roundUp(double step) {
        double decade = Math.pow(10, Math.floor(Math.log10(step)));
        for (double round : ROUND) {
            if (round * decade >= step * 0.75) {
                return round * decade;
            }
        }
        return 10 * decade;
    }
}
