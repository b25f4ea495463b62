package dev.espalier.methods.policygradient.distribution;

import java.util.function.DoubleUnaryOperator;

/**
 * Back into the budget: s_i = min(1, max(floor, z_i - v c_i)) with the least v from 0 on that the budget allows, which is the
 * Euclidean projection where the budget is a sum of c_i s_i (docs/methods/policy-gradient.md).
 */
final class Projection {
    /** Halvings until two doubles have none between them. */
    private static final int BISECTIONS = 1100;

    private Projection() {}

    /**
     * The least shift within the budget; 0 if none is needed, {@code most} if none is enough.
     *
     * @param spent at a shift; falls with it
     * @param most shift at which every unit is at its least
     */
    static double shift(DoubleUnaryOperator spent, double limit, double most) {
        if (spent.applyAsDouble(0) <= limit) {
            return 0;
        }
        double low = 0;
        double high = most;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = low + (high - low) / 2;
            if (middle <= low || middle >= high) {
                break;
            }
            if (spent.applyAsDouble(middle) <= limit) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /** @param z where learning went, without bounds; @param cost of the unit; 0: it is gone, and stays so */
    static double shifted(double z, double cost, double shift, double floor) {
        return cost == 0 ? 0 : Math.min(1, Math.max(floor, z - shift * cost));
    }
}
