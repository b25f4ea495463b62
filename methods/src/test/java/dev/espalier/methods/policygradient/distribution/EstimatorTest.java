package dev.espalier.methods.policygradient.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.policygradient.Control;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Expectations over all masks that there are, of a loss that is no sum. */
class EstimatorTest {
    private static final double[] KEEP = {0.3, 0.7, 0.5, 0.9};
    private static final int MASKS = 1 << KEEP.length;
    private static final double BASELINE = 1.7;

    /** K / (K - 1) (1 - 1 / (T K)) with K = 2 and T = 5. */
    @Test
    void theAuthorsEstimateIsNineFifthsOfTheGradientTimesTheDeviations() {
        Estimator estimator = new Estimator(new PolicyGradientSettings(2, Control.SIBLINGS, 0.002, 1, true), 8);
        double[] mean = expectation(estimator, 1);
        for (int unit = 0; unit < KEEP.length; unit++) {
            assertThat(mean[unit]).isCloseTo(1.8 * deviation(unit) * slope(unit), Offset.offset(1e-6));
        }
    }

    /** Of losses in their own unit, which they are divided by. */
    @ParameterizedTest
    @EnumSource(Control.class)
    void whatLossesAreHeldAgainstLeavesTheGradientWhatItIs(Control control) {
        int rows = control == Control.INTACT ? 2 : 1;
        Estimator estimator = new Estimator(
                new PolicyGradientSettings(control == Control.INTACT ? 1 : 2, control, 0.05, 1, false), rows);
        double[] mean = expectation(estimator, rows);
        for (int unit = 0; unit < KEEP.length; unit++) {
            assertThat(mean[unit]).isCloseTo(deviation(unit) * slope(unit), Offset.offset(1e-6));
        }
    }

    @Test
    void hardTextDoesNotCountAgainstAMask() {
        Estimator siblings = new Estimator(new PolicyGradientSettings(2, Control.SIBLINGS, 0.05, 1, false), 2);
        double[] factors =
                siblings.of(step(new float[] {1, 2, 11, 12}), 0, 0, true).factors();
        assertThat(factors).containsExactly(new double[] {-0.25, 0.25, -0.25, 0.25}, Offset.offset(1e-9));
        Estimator intact = new Estimator(new PolicyGradientSettings(1, Control.INTACT, 0.05, 1, false), 2);
        Losses.OfStep step = new Losses.OfStep(new float[] {2, 13}, new float[] {1, 11});
        assertThat(intact.of(step, 0, 0, true).factors())
                .containsExactly(new double[] {-0.5, 0.5}, Offset.offset(1e-9));
    }

    @Test
    void aLossThatIsNoneCountsNothingNorDoesOneThatIsLeftAlone() {
        Estimator siblings = new Estimator(new PolicyGradientSettings(2, Control.SIBLINGS, 0.05, 1, false), 2);
        float none = Float.NaN;
        Estimator.Estimate some = siblings.of(step(new float[] {1, 2, none, 12}), 3, 4, false);
        assertThat(some.factors()[2]).isZero();
        assertThat(some.factors()[3]).isZero();
        assertThat(some.isNone()).isFalse();
        Estimator.Estimate nothing = siblings.of(step(new float[] {none, none, none, none}), 3, 4, false);
        assertThat(nothing.isNone()).isTrue();
        assertThat(nothing.baseline()).isEqualTo(3);
        assertThat(nothing.spread()).isEqualTo(4);
        Estimator authors = new Estimator(new PolicyGradientSettings(2, Control.SIBLINGS, 0.002, 1, true), 2);
        assertThat(authors.of(step(new float[] {1, none}), 3, 0, false).isNone())
                .isTrue();
    }

    /** Over both masks of a step, of sequences of which the second is harder. */
    private static double[] expectation(Estimator estimator, int rows) {
        double[] mean = new double[KEEP.length];
        for (int first = 0; first < MASKS; first++) {
            for (int second = 0; second < MASKS; second++) {
                double harder = rows > 1 ? 5 : 0;
                float[] losses = {(float) loss(first), (float) (loss(second) + harder)};
                float[] intact = rows > 1 ? new float[] {2, 7} : new float[0];
                Estimator.Estimate estimate = estimator.of(new Losses.OfStep(losses, intact), BASELINE, 1, false);
                double unit = estimate.spread() == 1 ? 1 : Math.sqrt(estimate.spread());
                double[] factors = estimate.factors();
                for (int i = 0; i < mean.length; i++) {
                    double found = factors[0] * score(first, i) + factors[1] * score(second, i);
                    mean[i] += probability(first) * probability(second) * found * unit;
                }
            }
        }
        return mean;
    }

    private static Losses.OfStep step(float[] losses) {
        return new Losses.OfStep(losses, new float[0]);
    }

    private static double loss(int mask) {
        double loss = 3 - 0.5 * bit(mask, 0) - 0.25 * bit(mask, 1) - bit(mask, 2) * bit(mask, 3);
        return loss + 0.125 * bit(mask, 0) * bit(mask, 1) * bit(mask, 2);
    }

    /** Of the expected loss by a probability: what the loss is with the unit, less what it is without. */
    private static double slope(int unit) {
        double slope = 0;
        for (int mask = 0; mask < MASKS; mask++) {
            double others = probability(mask) / (bit(mask, unit) == 1 ? KEEP[unit] : 1 - KEEP[unit]);
            slope += others * loss(mask) * (bit(mask, unit) == 1 ? 1 : -1);
        }
        return slope;
    }

    private static double probability(int mask) {
        double probability = 1;
        for (int unit = 0; unit < KEEP.length; unit++) {
            probability *= bit(mask, unit) == 1 ? KEEP[unit] : 1 - KEEP[unit];
        }
        return probability;
    }

    private static double score(int mask, int unit) {
        return (bit(mask, unit) - KEEP[unit]) / deviation(unit);
    }

    private static double deviation(int unit) {
        return Math.sqrt(KEEP[unit] * (1 - KEEP[unit]));
    }

    private static int bit(int mask, int unit) {
        return mask >> unit & 1;
    }
}
