package dev.espalier.methods.policygradient.distribution;

import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.policygradient.PolicyGradientSettings;

/**
 * By how much each loss of a step counts: the factors a_j of the estimate sum_j a_j (m_j - s) / sqrt(s (1 - s)) of the
 * gradient (docs/methods/policy-gradient.md). A loss that is not finite counts nothing, nor do those that are held against it
 * alone.
 */
final class Estimator {
    /** Window of the moving averages, in steps: the authors' for the losses, which their estimate is scaled by. */
    static final double WINDOW = 5;

    private final PolicyGradientSettings settings;
    private final int rows;

    /** @param rows sequences of a step */
    Estimator(PolicyGradientSettings settings, int rows) {
        this.settings = settings;
        this.rows = rows;
    }

    /**
     * @param factors of each loss
     * @param loss mean of the finite ones; NaN if there is none
     * @param baseline what losses were held against, moved on
     * @param spread variance of what counts, moved on
     */
    record Estimate(double[] factors, double loss, double baseline, double spread) {
        /** Nothing can be learnt from the step. */
        boolean isNone() {
            for (double factor : factors) {
                if (factor != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** @param first whether there is no baseline and no spread yet */
    Estimate of(Losses.OfStep step, double baseline, double spread, boolean first) {
        float[] losses = step.masks();
        double loss = mean(losses, 0, losses.length);
        if (Double.isNaN(loss)) {
            return new Estimate(new double[losses.length], loss, baseline, spread);
        }
        double moved = first ? loss : moved(baseline, loss);
        if (settings.faithful()) {
            return new Estimate(faithful(losses, moved), loss, moved, spread);
        }
        double[] advantages = advantages(step);
        double square = 0;
        int finite = 0;
        for (double advantage : advantages) {
            square += advantage * advantage;
            finite += advantage == 0 ? 0 : 1;
        }
        if (finite == 0) {
            return new Estimate(advantages, loss, moved, spread);
        }
        double variance = first || spread == 0 ? square / finite : moved(spread, square / finite);
        double unit = finite * Math.sqrt(variance);
        for (int j = 0; j < advantages.length; j++) {
            advantages[j] /= unit;
        }
        return new Estimate(advantages, loss, moved, variance);
    }

    private static double moved(double average, double now) {
        return average + (now - average) / WINDOW;
    }

    /** The authors': the baseline has these losses in it, and the sum is divided by one less than there are. */
    private static double[] faithful(float[] losses, double baseline) {
        double[] factors = new double[losses.length];
        if (finite(losses, 0, losses.length) < 2) {
            return factors;
        }
        for (int j = 0; j < factors.length; j++) {
            factors[j] = Float.isFinite(losses[j]) ? (losses[j] - baseline) / (losses.length - 1) : 0;
        }
        return factors;
    }

    /** Beside the others of those that it is compared with, after the intact model's loss on its sequence if that is known. */
    private double[] advantages(Losses.OfStep step) {
        float[] lost = step.masks().clone();
        if (step.intact().length > 0) {
            for (int j = 0; j < lost.length; j++) {
                lost[j] -= step.intact()[j / settings.masks()];
            }
        }
        double[] advantages = new double[lost.length];
        int compared = settings.compared(rows);
        for (int from = 0; from < lost.length; from += compared) {
            leaveOneOut(lost, from, from + compared, advantages);
        }
        return advantages;
    }

    /** L_j - mean of the others: n / (n - 1) times its distance from the mean of all n. */
    private static void leaveOneOut(float[] losses, int from, int to, double[] into) {
        int finite = finite(losses, from, to);
        double mean = mean(losses, from, to);
        for (int j = from; j < to; j++) {
            into[j] = finite > 1 && Float.isFinite(losses[j]) ? (losses[j] - mean) * finite / (finite - 1) : 0;
        }
    }

    private static int finite(float[] losses, int from, int to) {
        int finite = 0;
        for (int j = from; j < to; j++) {
            finite += Float.isFinite(losses[j]) ? 1 : 0;
        }
        return finite;
    }

    private static double mean(float[] losses, int from, int to) {
        double sum = 0;
        for (int j = from; j < to; j++) {
            sum += Float.isFinite(losses[j]) ? losses[j] : 0;
        }
        return sum / finite(losses, from, to);
    }
}
