package dev.espalier.methods.bonsai.rounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Twelve units in two layers; each adds to the loss what it says, and the metric thinks the contrary among the first eight. */
class ProgressTest {
    private static final Layout LAYOUT = new Layout(List.of(new Part(Kind.FFN, 0, 6), new Part(Kind.FFN, 1, 6)));
    private static final double[] EFFECTS = {.8, .7, .6, .5, .4, .3, .2, .1, .9, .9, .9, .9};
    private static final float[] WORTH = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    private static final Course COURSE = new Course(43, 2, 20, 2);

    @TempDir
    private Path folder;

    @Test
    void theSecondMaskOfAPairLeavesWhatTheFirstDropsAndAllThatIsNotTriedStays() {
        Progress start = Progress.start(anywhere());
        assertThat(start.tried(COURSE)).as("twice as many as go").containsExactly(0, 1, 2, 3);
        boolean[] first = start.mask(COURSE, 7, 1, false);
        boolean[] second = start.mask(COURSE, 7, 1, true);
        for (int unit = 0; unit < 12; unit++) {
            assertThat(first[unit] ^ second[unit]).isEqualTo(unit < 4);
            assertThat(first[unit] || second[unit]).isTrue();
        }
        assertThat(IntStream.range(0, 8)
                        .mapToObj(step -> Arrays.toString(start.mask(COURSE, step, 0, false)))
                        .distinct())
                .as("other steps draw other masks")
                .hasSizeGreaterThan(3);
    }

    @Test
    void ofThoseThatAreTriedTheOnesGoThatAddLeastToTheLoss() {
        Progress first = measured(Progress.start(anywhere()), 0, 20);
        assertThat(Progress.start(anywhere()).decided(COURSE)).isZero();
        assertThat(first.now()).isEqualTo(2);
        assertThat(first.decided(COURSE)).as("of two rounds").isEqualTo(0.5);
        assertThat(first.gone()).containsExactly(0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(first.tried(COURSE)).containsExactly(0, 1, 4, 5);
        Progress end = measured(first, 20, 40).finished(COURSE);
        assertThat(end.gone()).containsExactly(0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 0, 0);
        assertThat(end.steps()).isEqualTo(40);
    }

    @Test
    void eachPartGivesUpItsOwnWhereAllAreToBeAlike() {
        Task task = new Task(LAYOUT, new int[] {0, 1}, new double[] {2, 2}, ones(), WORTH);
        Progress end = measured(Progress.start(task), 0, 40).finished(COURSE);
        assertThat(Arrays.stream(end.gone(), 0, 6).filter(round -> round > 0).count())
                .isEqualTo(2);
        assertThat(Arrays.stream(end.gone(), 6, 12).filter(round -> round > 0).count())
                .isEqualTo(2);
        assertThat(end.gone()[1]).as("of 0 and 1 the cheaper one").isEqualTo(1);
        assertThat(end.gone()[7]).isEqualTo(1);
    }

    @Test
    void aUnitThatGoesWholeWhereARoundAsksForAPartOfItIsChosenAmongTwo() {
        Layout heads = new Layout(List.of(new Part(Kind.HEADS, 0, 3)));
        Task task = new Task(heads, new int[1], new double[] {1}, new float[] {1, 1, 1}, new float[] {1, 2, 3});
        Course course = new Course(43, 4, 20, 2);
        Progress progress = Progress.start(task);
        for (int step = 0; step < 80; step++) {
            float[] losses = new float[4];
            for (int i = 0; i < 4; i++) {
                boolean[] mask = progress.mask(course, step, i / 2, i % 2 == 1);
                losses[i] = (mask[0] ? 0 : .9f) + (mask[1] ? 0 : .1f);
            }
            progress = progress.learnt(course, step, losses);
        }
        assertThat(progress.finished(course).gone())
                .as("not the one that the metric thinks the least of")
                .containsExactly(0, 2, 0);
    }

    @Test
    void theOrderOfTheStepsIsOfNoConsequence() {
        Progress forward = Progress.start(anywhere());
        Progress backward = forward;
        for (int i = 0; i < 20; i++) {
            forward = forward.learnt(COURSE, i, losses(forward, i));
            backward = backward.learnt(COURSE, 19 - i, losses(backward, 19 - i));
        }
        assertThat(backward.gone()).isEqualTo(forward.gone());
    }

    @Test
    void aLossThatIsNotFiniteCountsNothingAndWithoutAnyTheMetricDecides() {
        Progress progress = Progress.start(anywhere());
        for (int step = 0; step < 20; step++) {
            progress = progress.learnt(COURSE, step, new float[] {Float.NaN, 1, 2, Float.POSITIVE_INFINITY});
        }
        assertThat(progress.gone()).containsExactly(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        assertThatThrownBy(() -> Progress.start(anywhere()).learnt(COURSE, 3, new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("step 3 has the losses of 3 masks instead of 4");
    }

    @Test
    void aPartKeepsOneUnitAndWhatIsGoneAlreadyIsNeitherTriedNorCounted() {
        float[] costs = ones();
        Arrays.fill(costs, 0, 5, 0);
        Task task = new Task(LAYOUT, new int[2], new double[] {4}, costs, WORTH);
        Progress start = Progress.start(task);
        assertThat(start.tried(COURSE)).containsExactly(5, 6, 7, 8);
        assertThat(start.mask(COURSE, 0, 0, false)).startsWith(false, false, false, false, false);
        Progress end = start.finished(COURSE);
        assertThat(end.isThere(5)).as("the last of its layer").isTrue();
        assertThat(Arrays.stream(end.gone()).filter(round -> round > 0).count()).isEqualTo(4);
    }

    @Test
    void aVersionIsReadAsItWasWritten() {
        Progress half = measured(Progress.start(anywhere()), 0, 27);
        ProgressFile.write(folder.resolve("half"), half);
        Progress read = ProgressFile.read(folder.resolve("half"));
        assertThat(read.isBeside(half)).isTrue();
        assertThat(read.steps()).isEqualTo(27);
        assertThat(read.measured()).hasSize(7);
        assertThat(measured(read, 27, 40).finished(COURSE).gone())
                .isEqualTo(measured(half, 27, 40).finished(COURSE).gone());
        ProgressFile.write(folder.resolve("start"), Progress.start(anywhere()));
        assertThat(ProgressFile.read(folder.resolve("start")).measured()).isEmpty();
    }

    private static Task anywhere() {
        return new Task(LAYOUT, new int[2], new double[] {4}, ones(), WORTH);
    }

    private static float[] ones() {
        float[] ones = new float[12];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static Progress measured(Progress progress, int from, int to) {
        Progress next = progress;
        for (int step = from; step < to; step++) {
            next = next.learnt(COURSE, step, losses(next, step));
        }
        return next;
    }

    private static float[] losses(Progress progress, int step) {
        float[] losses = new float[4];
        for (int i = 0; i < 4; i++) {
            boolean[] mask = progress.mask(COURSE, step, i / 2, i % 2 == 1);
            losses[i] = (float) IntStream.range(0, 12)
                    .filter(unit -> !mask[unit])
                    .mapToDouble(unit -> EFFECTS[unit])
                    .sum();
        }
        return losses;
    }
}
