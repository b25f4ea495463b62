package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ReportData.Accuracy;
import dev.espalier.coordinator.report.ReportData.Perplexity;
import dev.espalier.coordinator.report.ReportData.Spread;

/** What can be said of a model against another one by some measure. */
enum Difference {
    BETTER,
    WORSE,
    /** Less than two standard errors, or both signs among repeated measurements. */
    NOISE,
    /** Nobody told how much chance there is in the measure. */
    UNKNOWN;

    private static final double STANDARD_ERRORS = 2;

    /** On the same text: part by part, since what is hard in a text is hard for both. */
    static Difference of(Perplexity one, Perplexity other) {
        int parts = one.blocks().size();
        if (parts < 2 || parts != other.blocks().size() || !one.comparable(other)) {
            return UNKNOWN;
        }
        double[] gaps = new double[parts];
        double mean = 0;
        for (int i = 0; i < parts; i++) {
            gaps[i] = other.blocks().get(i) - one.blocks().get(i);
            mean += gaps[i] / parts;
        }
        double squares = 0;
        for (double gap : gaps) {
            squares += (gap - mean) * (gap - mean);
        }
        return of(mean, Math.sqrt(squares / (parts - 1) / parts));
    }

    /** With a right and a wrong answer added to both, without which few questions would look certain (Agresti, Caffo). */
    static Difference of(Accuracy one, Accuracy other) {
        double error = Math.hypot(cautious(one), cautious(other));
        return of(one.acc() - other.acc(), error);
    }

    private static double cautious(Accuracy accuracy) {
        double asked = accuracy.items() + 2;
        double share = (accuracy.acc() * accuracy.items() + 1) / asked;
        return Math.sqrt(share * (1 - share) / asked);
    }

    /** @param ratio of two speeds, in which all repeats must agree who is faster */
    static Difference of(Spread ratio) {
        if (Double.isNaN(ratio.least()) || Double.isNaN(ratio.greatest())) {
            return UNKNOWN;
        } else if (ratio.least() > 1) {
            return BETTER;
        }
        return ratio.greatest() < 1 ? WORSE : NOISE;
    }

    private static Difference of(double gain, double standardError) {
        if (Math.abs(gain) <= STANDARD_ERRORS * standardError) {
            return NOISE;
        }
        return gain > 0 ? BETTER : WORSE;
    }
}
