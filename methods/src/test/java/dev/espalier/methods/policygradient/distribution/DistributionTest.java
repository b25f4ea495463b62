package dev.espalier.methods.policygradient.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.policygradient.Control;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.methods.policygradient.Reward;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DistributionTest {
    private static final int UNITS = 40;
    private static final Distribution.Course COURSE = course(400);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"0, 0, 110100100001", "0, 1, 000001001000", "17, 0, 010100000110"})
    void aMaskFollowsFromSeedStepAndNumber(int step, int sample, String expected) {
        boolean[] mask = start(12, 12).mask(COURSE, step, sample);
        assertThat(IntStream.range(0, 12).mapToObj(i -> mask[i] ? "1" : "0").collect(Collectors.joining()))
                .isEqualTo(expected);
    }

    /** Half of the units with probability 0.5 differ in all, of others min(s, 1 - s) either way. */
    @Test
    void oppositesDifferWhereverTheyCanAndAreDrawnAsOftenAsOthers() {
        Distribution.Course pairs = course(400, Control.ANTITHETIC);
        float[] keep = {0.5f, 0.2f, 0.9f, 1, 0};
        Distribution start = start(5, 5);
        Distribution distribution = new Distribution(start.budget(), keep, keep, 0, 0, 0, 0);
        int[] drawn = new int[5];
        int[] differing = new int[5];
        for (int step = 0; step < 10000; step++) {
            boolean[] mask = distribution.mask(pairs, step, 2);
            boolean[] opposite = distribution.mask(pairs, step, 3);
            assertThat(mask).isEqualTo(distribution.mask(COURSE, step, 1));
            for (int unit = 0; unit < 5; unit++) {
                drawn[unit] += opposite[unit] ? 1 : 0;
                differing[unit] += mask[unit] != opposite[unit] ? 1 : 0;
            }
        }
        for (int unit = 0; unit < 5; unit++) {
            assertThat(drawn[unit] / 1e4).isCloseTo(keep[unit], Offset.offset(0.02));
            double differ = 2 * Math.min(keep[unit], 1 - keep[unit]);
            assertThat(differing[unit] / 1e4).isCloseTo(differ, Offset.offset(0.02));
        }
    }

    @ParameterizedTest
    @EnumSource(value = Control.class, names = "INTACT", mode = EnumSource.Mode.EXCLUDE)
    void whatIsNeededIsKeptAndTheBudgetIsHeld(Control control) {
        Distribution learnt = learnt(start(UNITS, UNITS / 2.0), course(400, control), 0, 400);
        double[] needed = new double[2];
        for (int unit = 0; unit < UNITS; unit++) {
            needed[unit % 2] += learnt.last()[unit] / (UNITS / 2.0);
        }
        assertThat(needed[1]).as("units that are worth something").isGreaterThan(0.8);
        assertThat(needed[0]).as("units that are worth nothing").isLessThan(0.2);
        assertThat(learnt.budget().spent(0, learnt.keep())).isLessThanOrEqualTo(UNITS / 2.0 + 1e-3);
        assertThat(learnt.steps())
                .as("all but those whose masks were worth the same")
                .isGreaterThan(360);
    }

    @Test
    void onlyTheLastTenthOfTheStepsCountsAtTheEnd() {
        Distribution before = learnt(start(UNITS, UNITS / 2.0), course(20), 0, 18);
        assertThat(before.last()).isEqualTo(before.keep());
        Distribution first = learnt(before, course(20), 18, 19);
        Distribution second = learnt(first, course(20), 19, 20);
        assertThat(second.averaged()).isEqualTo(2);
        assertThat(second.last()[1]).isCloseTo((first.keep()[1] + second.keep()[1]) / 2, Offset.offset(1e-6f));
    }

    @Test
    void whatIsReadIsWhatWasWrittenAndGoesOnWithTheSameBits() {
        Distribution distribution = learnt(start(UNITS, UNITS / 2.0), COURSE, 0, 5);
        Path file = folder.resolve("version");
        DistributionFile.write(file, distribution);
        Distribution read = DistributionFile.read(file);
        Distribution one = learnt(distribution, COURSE, 5, 9);
        Distribution other = learnt(read, COURSE, 5, 9);
        assertThat(other.keep()).isEqualTo(one.keep());
        assertThat(other.baseline()).isEqualTo(one.baseline());
        assertThat(other.spread()).isEqualTo(one.spread());
    }

    @Test
    void whatWasLearntOfAnOlderVersionMovesTheNewestAsFar() {
        Distribution base = learnt(start(UNITS, UNITS / 2.0), COURSE, 0, 3);
        Distribution newest = learnt(base, COURSE, 3, 6);
        Distribution late = learnt(base, COURSE, 6, 9);
        Distribution both = newest.with(base, late, COURSE, 6, 3);
        assertThat(both.steps()).isEqualTo(9);
        assertThat(both.keep()).isNotEqualTo(newest.keep());
        double[] z = new double[UNITS];
        for (int unit = 0; unit < UNITS; unit++) {
            z[unit] = (double) newest.keep()[unit] + late.keep()[unit] - base.keep()[unit];
        }
        assertThat(both.keep()).isEqualTo(base.budget().project(z, 0.02));
    }

    @Test
    void aStepWithoutALossChangesNothing() {
        Distribution start = start(UNITS, UNITS / 2.0);
        float[] none = new float[8];
        Arrays.fill(none, Float.NaN);
        assertThat(start.learnt(COURSE, 0, new Losses.OfStep(none, new float[0]))
                        .keep())
                .isEqualTo(start.keep());
    }

    @Test
    void lossesOfOtherMasksAreRefused() {
        assertThatThrownBy(() -> start(4, 2).learnt(COURSE, 3, new Losses.OfStep(new float[7], new float[0])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("step 3 has the losses of 7 masks and 0 sequences instead of 8 and 0");
    }

    @Test
    void lossesReturnFromTheirMessageAsTheyWere() {
        SplittableRandom random = new SplittableRandom(5);
        float[] losses = new float[1000];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = i == 7 ? Float.NaN : (float) (10 * random.nextDouble());
        }
        List<Losses.OfStep> read = Losses.read(
                Losses.json(List.of(new Losses.OfStep(losses, new float[] {2}))).toString());
        assertThat(read.get(0).masks()).isEqualTo(losses);
        assertThat(read.get(0).intact()).containsExactly(2f);
    }

    /** Odd units are worth a tenth each, on sequences of different difficulty. */
    private static Distribution learnt(Distribution from, Distribution.Course course, int first, int end) {
        Distribution distribution = from;
        for (int step = first; step < end; step++) {
            float[] losses = new float[8];
            for (int sample = 0; sample < 8; sample++) {
                boolean[] mask = distribution.mask(course, step, sample);
                double loss = 5 + 3 * Math.sin(step + sample / 2);
                for (int unit = 1; unit < mask.length; unit += 2) {
                    loss -= mask[unit] ? 0.1 : 0;
                }
                losses[sample] = (float) loss;
            }
            distribution = distribution.learnt(course, step, new Losses.OfStep(losses, new float[0]));
        }
        return distribution;
    }

    private static Distribution.Course course(int until) {
        return course(until, Control.SIBLINGS);
    }

    private static Distribution.Course course(int until, Control control) {
        PolicyGradientSettings settings =
                new PolicyGradientSettings(2, control, Reward.LOSS, 0.05, 1, false, Optional.empty());
        return new Distribution.Course(settings, 43, 4, until);
    }

    /** All probabilities one half. */
    private static Distribution start(int units, double limit) {
        float[] costs = new float[units];
        Arrays.fill(costs, 1);
        double[] half = new double[units];
        Arrays.fill(half, 0.5);
        Layout layout = new Layout(List.of(new Part(Kind.FFN, 0, units)));
        return Distribution.start(new Budget(layout, new int[] {0}, new double[] {limit}, costs, 0, 0), half);
    }
}
