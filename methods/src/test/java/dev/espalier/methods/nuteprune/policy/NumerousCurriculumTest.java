package dev.espalier.methods.nuteprune.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class NumerousCurriculumTest {
    private static final int INTACT = 0;

    @Test
    void oneStepSlicesTeachAsTheAuthorsIntended() {
        List<Integer> walk = walk(0.5, 10, 8200, 1171, 1, 0.5);
        assertThat(walk.get(235)).isEqualTo(1);
        assertThat(walk.get(1150)).isEqualTo(40);
        assertThat(walk).contains(41);
        assertThat(walk.get(8199)).isEqualTo(INTACT);
    }

    @Test
    void aFewPerCentStillHaveTeachers() {
        List<Integer> walk = walk(0.1, 10, 300, 150, 10, 0.1);
        assertThat(walk).as("gap 4 of 9 thresholds").contains(1, 2, 3, 4, 5, 6);
    }

    @Test
    void onePerCentHasNoThresholdBelowIt() {
        assertThat(walk(0.01, 10, 100, 50, 10, 0.01)).containsOnly(INTACT);
    }

    @Test
    void aSliceThatCrossesSeveralThresholdsIsLabelledByTheHighest() {
        Curriculum curriculum =
                start(0.2, 10, 10).record(0.053, 90).record(0.058, 80).record(0.091, 70);
        assertThat(curriculum.recorded()).containsExactly(5, 9);
    }

    @Test
    void aSnapshotIsNeverOfTheTargetItself() {
        assertThat(start(0.2, 10, 100).record(0.21, 50).recorded()).containsExactly(19);
    }

    @Test
    void wideIntervalsSnapshotAtTheirMultiples() {
        Curriculum curriculum = new NumerousCurriculum(0, 0.25, 5, 2, 100, List.of(), OptionalInt.empty());
        for (int percent = 1; percent <= 24; percent++) {
            curriculum = curriculum.record(percent / 100.0, 1000 - percent);
        }
        assertThat(curriculum.recorded()).containsExactly(5, 10, 15, 20);
        assertThat(curriculum.teacher(900)).hasValue(15);
    }

    @Test
    void theWalkBackStartsWithinTheTolerance() {
        assertThat(start(0.5, 10, 100).record(0.494, 200).turnedAt()).isEmpty();
        assertThat(start(0.5, 10, 100).record(0.496, 200).turnedAt()).hasValue(200);
    }

    @Test
    void theWalkBackStartsAfterTheWarmUpThoughTheStudentLags() {
        assertThat(start(0.5, 10, 100).record(0.3, 101).turnedAt()).isEmpty();
        assertThat(start(0.5, 10, 100).record(0.3, 100).turnedAt()).hasValue(100);
    }

    @Test
    void aLaggingStudentIsTaughtByTheSparsestSnapshotThereIs() {
        List<Integer> walk = walk(0.5, 10, 1000, 500, 10, 0.3);
        assertThat(Collections.max(walk)).isLessThanOrEqualTo(30);
        assertThat(walk.get(500)).isBetween(20, 30);
        assertThat(walk.get(999)).isEqualTo(INTACT);
    }

    @Test
    void turningAtTheVeryEndDividesNothingByZero() {
        assertThat(start(0.5, 10, 0).record(0.5, 0).teacher(0)).isEmpty();
    }

    @Property(tries = 200)
    void teachersClimbDuringTheRampAndFallAfterItAndAreDenserThanTheStudent(
            @ForAll @DoubleRange(min = 0.01, max = 0.9) double target,
            @ForAll @IntRange(min = 1, max = 20) int gap,
            @ForAll @IntRange(min = 1, max = 300) int warmup,
            @ForAll @IntRange(min = 1, max = 40) int slice) {
        List<Integer> walk = walk(target, gap, 400, warmup, slice, target);
        int turn = turn(target, warmup, slice);
        assertThat(walk.subList(0, turn)).isSorted();
        assertThat(walk.subList(turn, 400)).isSortedAccordingTo(Collections.reverseOrder());
        for (int step = 0; step < 400; step++) {
            double student = target * Math.min(1, (double) step / warmup);
            assertThat(walk.get(step) / 100.0).isLessThanOrEqualTo(student + 1e-9);
        }
    }

    @Property(tries = 100)
    void everyTargetFromThreePerCentHasTeachersBesidesTheIntactModel(
            @ForAll @DoubleRange(min = 0.03, max = 0.9) double target) {
        assertThat(walk(target, 10, 2000, 1000, 1, target)).anyMatch(percent -> percent > 0);
    }

    private static Curriculum start(double target, int gap, int remainingAfterWarmup) {
        return new NumerousCurriculum(0, target, 1, gap, remainingAfterWarmup, List.of(), OptionalInt.empty());
    }

    private static int turn(double target, int warmup, int slice) {
        for (int end = slice; end < 400; end += slice) {
            if (end >= warmup || target * Math.min(1, (double) end / warmup) >= target - NumerousCurriculum.TOLERANCE) {
                return end;
            }
        }
        return 400;
    }

    /** The teacher of each step, when slices of {@code slice} steps are handed out and {@code reached} is as far as the student gets. */
    private static List<Integer> walk(double target, int gap, int total, int warmup, int slice, double reached) {
        List<Integer> teachers = new ArrayList<>();
        Curriculum curriculum = start(target, gap, total - warmup);
        for (int first = 0; first < total; first += slice) {
            int end = Math.min(total, first + slice);
            teachers.addAll(Collections.nCopies(
                    end - first, curriculum.teacher(total - first).orElse(INTACT)));
            curriculum = curriculum.record(reached * Math.min(1, (double) end / warmup), total - end);
        }
        return teachers;
    }
}
