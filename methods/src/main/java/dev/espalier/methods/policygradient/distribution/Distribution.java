package dev.espalier.methods.policygradient.distribution;

import dev.espalier.methods.masked.Draw;
import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import java.util.function.DoublePredicate;
import java.util.function.IntFunction;

/**
 * The keep-probabilities, which are all that is learnt, and what learning remembers: a version of the student. Immutable, and
 * a function of the seed and of losses alone, to the bit, on whatever machine.
 *
 * @param budget that the probabilities keep to
 * @param keep probability of each unit, 0..1
 * @param average of the probabilities after each of the last steps
 * @param averaged how many these are
 * @param steps that were learnt from
 * @param baseline moving average of the losses; 0 before the first step
 * @param spread moving variance of what losses count; 0 before the first step
 */
public record Distribution(
        Budget budget, float[] keep, float[] average, int averaged, int steps, double baseline, double spread) {
    /** Least probability: a unit that is never drawn would never be seen again. */
    private static final double FLOOR = 0.02;

    /** The authors' guard against a division by 0. */
    private static final double EPSILON = 1e-7;

    /** Share of the steps, the last ones, whose probabilities count at the end. */
    private static final double TAIL = 0.1;

    /** Before the first step. @param z probabilities that need not keep to the budget yet */
    public static Distribution start(Budget budget, double[] z) {
        float[] keep = budget.project(z, 0);
        return new Distribution(budget, keep, keep.clone(), 0, 0, 0, 0);
    }

    public Layout layout() {
        return budget.layout();
    }

    public int units() {
        return keep.length;
    }

    /**
     * The mask of that number: whether each unit stays. An opposite has the draws of the mask before it, each turned round.
     *
     * @param sample number in the step
     */
    public boolean[] mask(Course course, int step, int sample) {
        boolean pairs = course.settings().drawsOpposites();
        boolean opposite = pairs && sample % 2 == 1;
        Draw draw = new Draw(course.seed(), step, pairs ? sample / 2 : sample);
        boolean[] mask = new boolean[keep.length];
        for (int unit = 0; unit < mask.length; unit++) {
            double drawn = draw.next();
            mask[unit] = opposite ? drawn >= 1.0 - keep[unit] : drawn < keep[unit];
        }
        return mask;
    }

    /**
     * What of a run a step of learning depends on.
     *
     * @param seed of the stage
     * @param rows sequences of a step
     * @param until steps of the leg
     */
    public record Course(PolicyGradientSettings settings, long seed, int rows, int until) {
        /** @param stage of the run, whose seed and steps these are */
        public static Course of(RunConfig config, Stage stage) {
            return new Course(
                    PolicyGradientKeys.of(config),
                    config.seed() + stage.number(),
                    config.prune().batchSize(),
                    config.prune().steps());
        }

        /** Falls to 0 on a cosine. */
        public double rate(int step) {
            // Math's cosine may differ between processors, and coordinator and worker shall have the same bits.
            return settings.learningRate() * (1 + StrictMath.cos(Math.PI * step / until)) / 2;
        }

        private boolean counts(int step) {
            return step >= until - Math.max(1, (int) (TAIL * until));
        }
    }

    /**
     * Learns from a step.
     *
     * @param step of the stage; its masks are those that {@link #mask} drew of this distribution
     * @throws IllegalArgumentException if there are not as many losses as masks
     */
    public Distribution learnt(Course course, int step, Losses.OfStep losses) {
        PolicyGradientSettings settings = course.settings();
        int samples = settings.samples(course.rows());
        int intact = settings.measuresIntact() ? course.rows() : 0;
        if (losses.masks().length != samples || losses.intact().length != intact) {
            throw new IllegalArgumentException("step " + step + " has the losses of " + losses.masks().length
                    + " masks and " + losses.intact().length + " sequences instead of " + samples + " and " + intact);
        }
        Estimator.Estimate estimate = new Estimator(settings, course.rows()).of(losses, baseline, spread, steps == 0);
        if (estimate.isNone()) {
            return counted(course, step);
        }
        double rate = course.rate(step);
        double[] gradient = gradient(settings, sample -> mask(course, step, sample), estimate.factors());
        double[] z = new double[keep.length];
        for (int unit = 0; unit < z.length; unit++) {
            z[unit] = keep[unit] - rate * gradient[unit];
        }
        float[] next = budget.project(z, settings.faithful() ? 0 : FLOOR);
        return new Distribution(budget, next, average, averaged, steps + 1, estimate.baseline(), estimate.spread())
                .counted(course, step);
    }

    /**
     * The estimate of sqrt(s (1 - s)) times the gradient of the expected loss.
     *
     * @param masks by their number
     * @param factors of each mask's score
     */
    double[] gradient(PolicyGradientSettings settings, IntFunction<boolean[]> masks, double[] factors) {
        double[] sums = new double[keep.length];
        double total = 0;
        for (int sample = 0; sample < factors.length; sample++) {
            if (factors[sample] != 0) {
                boolean[] mask = masks.apply(sample);
                for (int unit = 0; unit < sums.length; unit++) {
                    sums[unit] += mask[unit] ? factors[sample] : 0;
                }
                total += factors[sample];
            }
        }
        for (int unit = 0; unit < sums.length; unit++) {
            double s = keep[unit];
            // Opposites differ in a unit as often as two such can, in min(s, 1 - s) of the pairs instead of s (1 - s).
            double seldom = settings.drawsOpposites() ? Math.max(s, 1 - s) : 1;
            sums[unit] = seldom * (sums[unit] - s * total) / Math.sqrt((s + EPSILON) * (1 - s + EPSILON));
        }
        return sums;
    }

    /** With the probabilities now among those that count at the end, if the step is one of the last. */
    private Distribution counted(Course course, int step) {
        if (!course.counts(step)) {
            return this;
        }
        float[] mean = new float[keep.length];
        for (int unit = 0; unit < mean.length; unit++) {
            mean[unit] = (float)
                    (averaged == 0 ? keep[unit] : average[unit] + (keep[unit] - average[unit]) / (averaged + 1.0));
        }
        return new Distribution(budget, keep, mean, averaged + 1, steps, baseline, spread);
    }

    /**
     * The version after this one, of what was learnt from an earlier one meanwhile: what that moved, moves this. It counts at the
     * end as often as a slice in time would have, once for each step.
     *
     * @param base that was learnt from; @param learnt what it became
     * @param firstStep of the slice; @param count its steps
     */
    public Distribution with(Distribution base, Distribution learnt, Course course, int firstStep, int count) {
        double[] z = new double[keep.length];
        for (int unit = 0; unit < z.length; unit++) {
            z[unit] = (double) keep[unit] + learnt.keep[unit] - base.keep[unit];
        }
        float[] moved = budget.project(z, course.settings().faithful() ? 0 : FLOOR);
        Distribution next = new Distribution(
                budget, moved, average, averaged, steps + learnt.steps - base.steps, learnt.baseline, learnt.spread);
        for (int step = firstStep; step < firstStep + count; step++) {
            next = next.counted(course, step);
        }
        return next;
    }

    /** The probabilities that count at the end: the mean over the last steps, if any of these is over. */
    public float[] last() {
        return averaged == 0 ? keep : average;
    }

    /** Whether an earlier round took some of the units. */
    boolean lacksUnits() {
        for (float cost : budget.costs()) {
            if (cost == 0) {
                return true;
            }
        }
        return false;
    }

    /** Mean entropy of a unit's choice, nats: ln 2 where all is open, 0 where all is decided. */
    public double entropy() {
        double sum = 0;
        for (float s : keep) {
            sum -= s <= 0 || s >= 1 ? 0 : s * Math.log(s) + (1 - s) * Math.log(1 - s);
        }
        return sum / keep.length;
    }

    /** How many of the probabilities are such, 0..1. */
    public double share(DoublePredicate such) {
        int count = 0;
        for (float s : keep) {
            count += such.test(s) ? 1 : 0;
        }
        return (double) count / keep.length;
    }
}
