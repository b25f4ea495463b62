package dev.espalier.methods.nuteprune.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * The sparsities at which the student is snapshot: multiples of {@code interval} per cent. Counted in integers: the
 * original's {@code int(0.29 / 0.01)} is 28.
 */
final class Thresholds {
    /** A millionth: finer than any target one writes, coarser than any rounding error. */
    private static final int PARTS = 1_000_000;

    private static final int PARTS_PER_PERCENT = PARTS / 100;

    private Thresholds() {}

    /** Whole intervals in the target: floor(target / interval). */
    static int upTo(double target, int interval) {
        return Math.toIntExact(Math.round(target * PARTS) / ((long) interval * PARTS_PER_PERCENT));
    }

    /** Multiples of the interval that are smaller than the target. */
    static int below(double target, int interval) {
        return Math.toIntExact((Math.round(target * PARTS) - 1) / ((long) interval * PARTS_PER_PERCENT));
    }

    static List<Integer> with(List<Integer> recorded, int percent) {
        List<Integer> more = new ArrayList<>(recorded);
        more.add(percent);
        return List.copyOf(more);
    }
}
