package dev.espalier.methods.policygradient.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.policygradient.Control;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.methods.policygradient.Reward;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Expectations over all masks that there are, of a loss that is no sum. */
class EstimatorTest {
    private static final float[] KEEP = {0.3f, 0.7f, 0.5f, 0.9f};
    private static final int MASKS = 1 << KEEP.length;
    private static final double BASELINE = 1.7;
    private static final PolicyGradientSettings AUTHORS =
            new PolicyGradientSettings(2, Control.SIBLINGS, Reward.LOSS, 0.002, 1, true, Optional.empty());

    /** K / (K - 1) (1 - 1 / (T K)) with K = 2 and T = 5. */
    @Test
    void theAuthorsEstimateIsNineFifthsOfTheGradientTimesTheDeviations() {
        double[] mean = Moments.of(AUTHORS, 1, 0).mean();
        for (int unit = 0; unit < KEEP.length; unit++) {
            assertThat(mean[unit]).isCloseTo(1.8 * deviation(unit) * slope(unit), Offset.offset(1e-6));
        }
    }

    /** Of losses in their own unit, which they are divided by. */
    @ParameterizedTest
    @EnumSource(Control.class)
    void whatLossesAreHeldAgainstLeavesTheGradientWhatItIs(Control control) {
        double[] mean = Moments.of(settings(control), rows(control), 5).mean();
        for (int unit = 0; unit < KEEP.length; unit++) {
            assertThat(mean[unit]).isCloseTo(deviation(unit) * slope(unit), Offset.offset(1e-6));
        }
    }

    /** Sums over the units of the variances of the gradient that two masks give, in units of the gradient. */
    @Test
    void anOppositeTellsMoreThanASecondMaskAndHowHardTextIsCostsNothing() {
        double siblings = Moments.of(settings(Control.SIBLINGS), 1, 0).variance();
        double opposites = Moments.of(settings(Control.ANTITHETIC), 1, 0).variance();
        double authors = Moments.of(AUTHORS, 1, 0).variance() / (1.8 * 1.8);
        assertThat(opposites).isLessThan(0.9 * siblings);
        for (Control control : Control.values()) {
            assertThat(Moments.of(settings(control), rows(control), 5).variance())
                    .as(control.name())
                    .isCloseTo(Moments.of(settings(control), rows(control), 0).variance(), Offset.offset(1e-4));
        }
        assertThat(Moments.of(AUTHORS, 1, 5).variance() / (1.8 * 1.8))
                .as("hard text counts against the masks of a step")
                .isGreaterThan(2 * authors);
    }

    @Test
    void hardTextDoesNotCountAgainstAMask() {
        for (Control control : List.of(Control.SIBLINGS, Control.ANTITHETIC)) {
            assertThat(factors(control, 2, 2, step(1, 2, 11, 12)))
                    .containsExactly(new double[] {-0.25, 0.25, -0.25, 0.25}, Offset.offset(1e-9));
        }
        Losses.OfStep step = new Losses.OfStep(new float[] {2, 13}, new float[] {1, 11});
        assertThat(factors(Control.INTACT, 1, 2, step)).containsExactly(new double[] {-0.5, 0.5}, Offset.offset(1e-9));
    }

    /** Unit: the root of the mean square of -2, -2/3, 2/3, 2 and of -1, 1, -3, 3. */
    @Test
    void siblingsAreAllOfASequenceAndOppositesTwoByTwo() {
        double four = 4 * Math.sqrt(20 / 9.0);
        assertThat(factors(Control.SIBLINGS, 4, 1, step(1, 2, 3, 4)))
                .containsExactly(
                        new double[] {-2 / four, -2 / 3.0 / four, 2 / 3.0 / four, 2 / four}, Offset.offset(1e-9));
        double two = 4 * Math.sqrt(5);
        assertThat(factors(Control.ANTITHETIC, 4, 1, step(1, 2, 3, 6)))
                .containsExactly(new double[] {-1 / two, 1 / two, -3 / two, 3 / two}, Offset.offset(1e-9));
    }

    @Test
    void aDivergenceIsHeldAgainstThoseOfAllOthersSinceTheIntactModelHasNone() {
        PolicyGradientSettings settings =
                new PolicyGradientSettings(1, Control.INTACT, Reward.KL, 0.05, 1, false, Optional.empty());
        assertThat(settings.measuresIntact()).isFalse();
        assertThat(new Estimator(settings, 2).of(step(2, 4), 0, 0, true).factors())
                .containsExactly(new double[] {-0.5, 0.5}, Offset.offset(1e-9));
    }

    @Test
    void aLossThatIsNoneCountsNothingNorDoesOneThatIsLeftAlone() {
        Estimator siblings = new Estimator(settings(Control.SIBLINGS), 2);
        float none = Float.NaN;
        Estimator.Estimate some = siblings.of(step(1, 2, none, 12), 3, 4, false);
        assertThat(some.factors()[2]).isZero();
        assertThat(some.factors()[3]).isZero();
        assertThat(some.isNone()).isFalse();
        Estimator.Estimate nothing = siblings.of(step(none, none, none, none), 3, 4, false);
        assertThat(nothing.isNone()).isTrue();
        assertThat(nothing.baseline()).isEqualTo(3);
        assertThat(nothing.spread()).isEqualTo(4);
        assertThat(new Estimator(AUTHORS, 2).of(step(1, none), 3, 0, false).isNone())
                .isTrue();
    }

    private static double[] factors(Control control, int masks, int rows, Losses.OfStep step) {
        PolicyGradientSettings settings =
                new PolicyGradientSettings(masks, control, Reward.LOSS, 0.05, 1, false, Optional.empty());
        return new Estimator(settings, rows).of(step, 0, 0, true).factors();
    }

    /** Two masks on one sequence, or one on each of two. */
    private static PolicyGradientSettings settings(Control control) {
        return new PolicyGradientSettings(
                control == Control.INTACT ? 1 : 2, control, Reward.LOSS, 0.05, 1, false, Optional.empty());
    }

    private static int rows(Control control) {
        return control == Control.INTACT ? 2 : 1;
    }

    private static Losses.OfStep step(float... losses) {
        return new Losses.OfStep(losses, new float[0]);
    }

    /** Two masks that are drawn together. */
    private record Pair(int first, int second, double probability) {
        static List<Pair> all(boolean opposites) {
            List<Pair> pairs = new ArrayList<>();
            for (int first = 0; first < MASKS; first++) {
                for (int second = 0; second < MASKS; second++) {
                    double probability = 1;
                    for (int unit = 0; unit < KEEP.length; unit++) {
                        probability *= opposites
                                ? ofOpposites(unit, bit(first, unit), bit(second, unit))
                                : chance(unit, bit(first, unit)) * chance(unit, bit(second, unit));
                    }
                    pairs.add(new Pair(first, second, probability));
                }
            }
            return pairs;
        }

        /** One of u < s and u >= 1 - s, both, or neither. */
        private static double ofOpposites(int unit, int first, int second) {
            double s = KEEP[unit];
            return first != second ? Math.min(s, 1 - s) : Math.max(0, first == 1 ? 2 * s - 1 : 1 - 2 * s);
        }
    }

    /** Of the gradient that two masks give. @param mean [units]; @param variance the sum of the units' */
    private record Moments(double[] mean, double variance) {

        /** @param hard by how much harder the second sequence is, or the text of every second step if there is but one */
        static Moments of(PolicyGradientSettings settings, int rows, double hard) {
            double[] mean = new double[KEEP.length];
            double square = 0;
            Estimator estimator = new Estimator(settings, rows);
            for (Pair pair : Pair.all(settings.drawsOpposites())) {
                for (double[] harder : harder(rows, hard)) {
                    float[] losses = {(float) (loss(pair.first) + harder[0]), (float) (loss(pair.second) + harder[1])};
                    float[] intact = settings.measuresIntact()
                            ? new float[] {2 + (float) harder[0], 2 + (float) harder[1]}
                            : new float[0];
                    Estimator.Estimate estimate = estimator.of(new Losses.OfStep(losses, intact), BASELINE, 1, false);
                    double unit = estimate.spread() == 1 ? 1 : Math.sqrt(estimate.spread());
                    boolean[][] masks = {mask(pair.first), mask(pair.second)};
                    double[] gradient = distribution().gradient(settings, j -> masks[j], estimate.factors());
                    for (int i = 0; i < mean.length; i++) {
                        mean[i] += pair.probability / 2 * gradient[i] * unit;
                        square += pair.probability / 2 * Math.pow(gradient[i] * unit, 2);
                    }
                }
            }
            return new Moments(
                    mean, square - Arrays.stream(mean).map(x -> x * x).sum());
        }

        private static double[][] harder(int rows, double hard) {
            return rows > 1 ? new double[][] {{0, hard}, {hard, 0}} : new double[][] {{0, 0}, {hard, hard}};
        }
    }

    private static Distribution distribution() {
        Layout layout = new Layout(List.of(new Part(Kind.FFN, 0, KEEP.length)));
        Budget budget = new Budget(layout, new int[1], new double[] {KEEP.length}, new float[] {1, 1, 1, 1}, 0, 0);
        return new Distribution(budget, KEEP, KEEP, 0, 0, 0, 0);
    }

    private static boolean[] mask(int bits) {
        boolean[] mask = new boolean[KEEP.length];
        for (int unit = 0; unit < mask.length; unit++) {
            mask[unit] = bit(bits, unit) == 1;
        }
        return mask;
    }

    private static double loss(int mask) {
        double loss = 3 - 0.5 * bit(mask, 0) - 0.25 * bit(mask, 1) - bit(mask, 2) * bit(mask, 3);
        return loss + 0.125 * bit(mask, 0) * bit(mask, 1) * bit(mask, 2);
    }

    /** Of the expected loss by a probability: what the loss is with the unit, less what it is without. */
    private static double slope(int unit) {
        double slope = 0;
        for (int mask = 0; mask < MASKS; mask++) {
            double others = 1;
            for (int other = 0; other < KEEP.length; other++) {
                others *= other == unit ? 1 : chance(other, bit(mask, other));
            }
            slope += others * loss(mask) * (bit(mask, unit) == 1 ? 1 : -1);
        }
        return slope;
    }

    private static double chance(int unit, int kept) {
        return kept == 1 ? KEEP[unit] : 1 - (double) KEEP[unit];
    }

    private static double deviation(int unit) {
        return Math.sqrt(KEEP[unit] * (1 - (double) KEEP[unit]));
    }

    private static int bit(int mask, int unit) {
        return mask >> unit & 1;
    }
}
