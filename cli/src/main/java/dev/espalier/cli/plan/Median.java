package dev.espalier.cli.plan;

import java.util.List;

/** Of a few measurements: one that something disturbed does not count. */
final class Median {
    private Median() {}

    /** @param values at least one */
    static double of(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
