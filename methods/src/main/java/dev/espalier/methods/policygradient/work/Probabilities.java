package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.policygradient.distribution.Budget;
import java.util.Arrays;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;

/**
 * From what a metric says of units to probabilities, part by part, all parts of a group with the same mean
 * (docs/methods/policy-gradient.md).
 *
 * @param faithful whether they are the authors': a sigmoid of how far a score lies from the mean, moved up or down
 */
record Probabilities(Layout layout, Budget budget, boolean faithful) {
    /** How much surer the start is of what the metric says than the authors': learning has fewer steps to get so far. */
    private static final double SURENESS = 3;

    /** Of layers and sub-blocks around other units, since what stays is their product; the metric knows nothing of them. */
    private static final double WHOLE = 0.98;

    private static final int BISECTIONS = 100;
    private static final double REACH = 50;

    /** Standard scores of the units of each part that are left; 0 where all are alike, and of layers and sub-blocks. */
    double[] standardised(double[] scores) {
        double[] out = new double[scores.length];
        layout.forEach((part, from) -> {
            if (part.kind() == Kind.HEADS || part.kind() == Kind.FFN) {
                int to = from + part.units();
                double mean = mean(from, to, unit -> scores[unit]);
                double squares = mean(from, to, unit -> Math.pow(scores[unit] - mean, 2));
                int left = left(from, to);
                double deviation = Math.sqrt(faithful && left > 1 ? squares * left / (left - 1) : squares);
                for (int unit = from; unit < to; unit++) {
                    out[unit] = isLeft(unit) && deviation > 0 ? (scores[unit] - mean) / deviation : 0;
                }
            }
        });
        return out;
    }

    /** @param standardised scores of the units; all 0: equal probabilities */
    double[] of(double[] standardised) {
        double[] out = new double[standardised.length];
        Set<Kind> kinds = layout.parts().stream().map(Part::kind).collect(Collectors.toSet());
        int[] place = {0};
        layout.forEach((part, from) -> {
            int to = from + part.units();
            double share = isAround(part.kind(), kinds) ? WHOLE : share(budget.groups()[place[0]]);
            place[0]++;
            double shift = faithful ? 0 : logitShift(standardised, from, to, share);
            double missing = faithful ? share - mean(from, to, unit -> sigmoid(standardised[unit])) : 0;
            for (int unit = from; unit < to; unit++) {
                double s = faithful
                        ? sigmoid(standardised[unit]) + missing
                        : sigmoid(SURENESS * standardised[unit] + shift);
                out[unit] = isLeft(unit) ? Math.min(1, Math.max(0, s)) : 0;
            }
        });
        return out;
    }

    /** Whether there are units within those of the kind. */
    private static boolean isAround(Kind kind, Set<Kind> kinds) {
        boolean inside = kinds.contains(Kind.HEADS) || kinds.contains(Kind.FFN);
        return switch (kind) {
            case LAYERS -> inside || kinds.contains(Kind.BLOCKS);
            case BLOCKS -> inside;
            case HEADS, FFN -> false;
        };
    }

    private double share(int group) {
        float[] all = new float[budget.costs().length];
        float[] none = new float[all.length];
        Arrays.fill(all, 1);
        double fixed = budget.spent(group, none);
        return Math.min(1, Math.max(0, (budget.limits()[group] - fixed) / (budget.spent(group, all) - fixed)));
    }

    /** What is added to all logits of a part, so that their mean is the share. */
    private double logitShift(double[] standardised, int from, int to, double share) {
        double low = -REACH;
        double high = REACH;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (mean(from, to, unit -> sigmoid(SURENESS * standardised[unit] + middle)) < share) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    private double mean(int from, int to, IntToDoubleFunction value) {
        double sum = 0;
        for (int unit = from; unit < to; unit++) {
            sum += isLeft(unit) ? value.applyAsDouble(unit) : 0;
        }
        return sum / Math.max(1, left(from, to));
    }

    private int left(int from, int to) {
        int left = 0;
        for (int unit = from; unit < to; unit++) {
            left += isLeft(unit) ? 1 : 0;
        }
        return left;
    }

    private boolean isLeft(int unit) {
        return budget.costs()[unit] > 0;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
