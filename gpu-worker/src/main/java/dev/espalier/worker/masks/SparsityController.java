package dev.espalier.worker.masks;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * Holds expected sparsity on its schedule at every step, where the paper's multipliers lag and overshoot
 * (docs/methods/nuteprune.md): before sampling, all logits are shifted by one number, so that the expected size is
 * what the schedule wants. What is left to learning is the order of the units. With a
 * uniform shape each layer's row has a shift and a count of its own.
 */
public final class SparsityController {
    /** So far beyond a logit's negative every probability is at its clamp. */
    private static final double REACH = 60;

    /** So near to the root, no probability is off by more. */
    private static final double PRECISION = 1e-12;

    private final PrunableShape shape;
    private final Optional<UniformShape> uniform;
    private final double finalSparsity;
    private final ExpectedSparsity expected;

    /**
     * @param finalSparsity what the schedule ends at; a uniform shape has nearly this sparsity, and each target stands
     *     for the same share of what it really has
     */
    public SparsityController(PrunableShape shape, Optional<UniformShape> uniform, double finalSparsity) {
        this.shape = shape;
        this.uniform = uniform;
        this.finalSparsity = finalSparsity;
        this.expected = new ExpectedSparsity(shape);
    }

    /** The logits, shifted so that their expected sparsity at temperature {@code beta} is {@code target}. */
    public MaskSet project(MaskSet logits, double target, double beta) {
        return uniform.isPresent()
                ? projectRows(logits, uniform.get(), uniform.get().progress(shape, target / finalSparsity), beta)
                : projectAll(logits, target, beta);
    }

    private MaskSet projectAll(MaskSet logits, double target, double beta) {
        double shift =
                root(logits.flat(), mu -> target - expected.of(logits.map(a -> HardConcrete.active(a + mu, beta))));
        return logits.map(a -> a + shift);
    }

    /** @param progress 0 = nothing pruned yet, 1 = every row at its final count */
    private MaskSet projectRows(MaskSet logits, UniformShape end, double progress, double beta) {
        return logits.mapRows((row, values) -> {
            int part = end.partSize(shape, row, values.length);
            double count = kept(part, end.kept(shape, row), progress);
            double[] out = values;
            for (int from = 0; from < values.length; from += part) {
                out = shifted(out, from, from + part, count, beta);
            }
            return out;
        });
    }

    private static double kept(int units, int finalUnits, double progress) {
        return units - (units - finalUnits) * progress;
    }

    /** A copy of the row whose units {@code from..to-1} are shifted so that {@code count} of them are expected active. */
    private static double[] shifted(double[] row, int from, int to, double count, double beta) {
        double shift = root(Arrays.copyOfRange(row, from, to), mu -> {
            double sum = 0;
            for (int i = from; i < to; i++) {
                sum += HardConcrete.active(row[i] + mu, beta);
            }
            return sum - count;
        });
        double[] out = row.clone();
        for (int i = from; i < to; i++) {
            out[i] += shift;
        }
        return out;
    }

    /**
     * The root of a function that rises with mu, the shift of these logits, however far apart they are: Chandrupatla's
     * method (Adv. Eng. Software 28, 1997), which takes a step of inverse quadratic interpolation where the function is
     * smooth enough for that and halves the bracket where it is not, as between logits that lie far apart.
     */
    private static double root(double[] logits, DoubleUnaryOperator rising) {
        double low = -REACH - Arrays.stream(logits).max().orElse(0);
        double high = REACH - Arrays.stream(logits).min().orElse(0);
        // a is the newest point, b lies beyond the root, c is the point before
        double a = low;
        double b = high;
        double c = low;
        double fa = rising.applyAsDouble(a);
        double fb = rising.applyAsDouble(b);
        double fc = fa;
        if (fa >= 0 || fb <= 0) {
            return fa >= 0 ? low : high;
        }
        double share = 0.5;
        while (true) {
            double middle = a + share * (b - a);
            double value = rising.applyAsDouble(middle);
            if ((value < 0) == (fa < 0)) {
                c = a;
                fc = fa;
            } else {
                c = b;
                fc = fb;
                b = a;
                fb = fa;
            }
            a = middle;
            fa = value;
            double least = PRECISION * (1 + Math.abs(a)) / Math.abs(b - a);
            if (fa == 0 || least > 0.5) {
                return a;
            }
            double xi = (a - b) / (c - b);
            double phi = (fa - fb) / (fc - fb);
            boolean smooth = phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi;
            share = smooth
                    ? fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
                    : 0.5;
            share = Math.min(1 - least, Math.max(least, share));
        }
    }
}
