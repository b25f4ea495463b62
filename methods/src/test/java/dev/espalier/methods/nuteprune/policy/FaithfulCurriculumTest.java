package dev.espalier.methods.nuteprune.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Golden walks: the authors' scheduler, executed. */
class FaithfulCurriculumTest {
    /** A teacher and the step from which on it teaches. */
    private record Change(int step, int percent) {
        @Override
        public String toString() {
            return percent + "@" + step;
        }
    }

    private static final int INTACT = 0;

    @Test
    void halfTheModelOver8200Steps() {
        List<Change> walk = walk(0.5, 8200, 1171);
        assertThat(walk).startsWith(new Change(0, INTACT), new Change(236, 1));
        int turn = walk.indexOf(new Change(1172, 41));
        assertThat(walk.get(turn - 1).percent()).as("last teacher of the ramp").isEqualTo(40);
        assertThat(walk).contains(new Change(1201, 40), new Change(1341, 39));
        assertThat(walk).endsWith(new Change(6661, 1), new Change(6801, INTACT));
        assertThat(walk.subList(turn, walk.size()).stream().map(Change::percent))
                .as("one by one, 41 down to intact")
                .hasSize(42)
                .isSortedAccordingTo((a, b) -> b - a);
    }

    @Test
    void theTurnHappensAtTheFirstStepAtTheTarget() {
        Curriculum curriculum = start(0.5);
        for (int step = 0; step <= 1171; step++) {
            curriculum = curriculum.record(0.5 * Math.min(1, step / 1171.0), 8200 - step);
        }
        assertThat(curriculum.turnedAt()).hasValue(7029);
        assertThat(curriculum.recorded()).hasSize(49);
    }

    @Test
    void aFifthOfTheModelWithALongWarmUp() {
        List<Change> walk = walk(0.2, 8200, 4684);
        assertThat(walk.get(1).step()).isEqualTo(2343);
        assertThat(walk).contains(new Change(4685, 11)).endsWith(new Change(6451, INTACT));
    }

    @Test
    void aQuarterOfTheModel() {
        List<Change> walk = walk(0.25, 8200, 1171);
        assertThat(walk).contains(new Change(1172, 16)).endsWith(new Change(5391, INTACT));
    }

    @Test
    void aTenthOfTheModelHasTheIntactTeacherOnly() {
        assertThat(walk(0.1, 8200, 1170)).containsExactly(new Change(0, INTACT));
    }

    /** 7029 steps left are not divisible by 9 + 1, and the original's rounding leaves the first snapshot 9 steps. */
    @Test
    void aTenthOfTheModelHasTheFirstSnapshotForARoundingErrorAfterTheTurn() {
        assertThat(walk(0.1, 8200, 1171))
                .containsExactly(new Change(0, INTACT), new Change(1172, 1), new Change(1181, INTACT));
    }

    @Test
    void fewStepsLeftAtTheTargetDivideByZeroInTheOriginalAndNotHere() {
        List<Change> walk = walk(0.5, 100, 80);
        assertThat(walk.get(walk.size() - 1).percent()).isEqualTo(INTACT);
        assertThat(walk).anyMatch(change -> change.step() > 80 && change.percent() > 0);
    }

    @Test
    void oneSnapshotIsTakenAStepHoweverManyThresholdsWereCrossed() {
        assertThat(start(0.5).record(0.07, 100).recorded()).containsExactly(1);
    }

    @Test
    void thresholdsAreCountedInIntegers() {
        Curriculum curriculum = start(0.29);
        for (int step = 0; step < 100; step++) {
            curriculum = curriculum.record(0.289, 100 - step);
        }
        assertThat(curriculum.recorded()).hasSize(28);
    }

    private static Curriculum start(double target) {
        return new FaithfulCurriculum(target, 1, 10, List.of(), OptionalInt.empty());
    }

    /** Each step selects its teacher first and is recorded with the sparsity it started from. */
    private static List<Change> walk(double target, int total, int warmup) {
        List<Change> changes = new ArrayList<>();
        Curriculum curriculum = start(target);
        for (int step = 0; step < total; step++) {
            int teacher = curriculum.teacher(total - step).orElse(INTACT);
            if (changes.isEmpty() || changes.get(changes.size() - 1).percent() != teacher) {
                changes.add(new Change(step, teacher));
            }
            curriculum = curriculum.record(target * Math.min(1, (double) step / warmup), total - step);
        }
        return changes;
    }
}
