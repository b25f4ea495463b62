package dev.espalier.methods.llmpruner;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** How a channel's importances in the matrices that it is coupled through become one. */
public enum Grouping {
    SUM(values -> Arrays.stream(values).sum()),
    MEAN(values -> Arrays.stream(values).average().orElse(0)),
    MAX(values -> Arrays.stream(values).max().orElse(0)),
    PROD(values -> Arrays.stream(values).reduce(1, (a, b) -> a * b)),
    /** That in q_proj or gate_proj. */
    FIRST(values -> values[0]),
    /** That in o_proj or down_proj. */
    LAST(values -> values[values.length - 1]);

    private final ToDoubleFunction<double[]> reduction;

    Grouping(ToDoubleFunction<double[]> reduction) {
        this.reduction = reduction;
    }

    /** @param values in q, k, v, o or gate, up, down */
    public double of(double... values) {
        return reduction.applyAsDouble(values);
    }
}
