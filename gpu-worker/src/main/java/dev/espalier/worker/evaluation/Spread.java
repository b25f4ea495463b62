package dev.espalier.worker.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/** Repeated measurements of one quantity: their median, the least and the greatest. */
record Spread(double median, double least, double greatest) {
    static Spread of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /** Of the quotients of what was measured in the same round, in which both met the same machine. */
    static Spread ofRatios(double[] values, double[] others) {
        double[] ratios = new double[values.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = values[i] / others[i];
        }
        return of(ratios);
    }

    /** Writes {@code NAME} and {@code NAME_range}, [least, greatest]. */
    void write(ObjectNode out, String name) {
        out.put(name, median);
        ArrayNode range = out.putArray(name + "_range");
        range.add(least).add(greatest);
    }
}
