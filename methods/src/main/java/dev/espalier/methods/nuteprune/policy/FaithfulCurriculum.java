package dev.espalier.methods.nuteprune.policy;

import java.util.List;
import java.util.OptionalInt;

/**
 * The authors' schedule to the letter ({@code utils/distill_utils.py}): a snapshot at each of the thresholds
 * interval, 2 interval, ... up to one below the target, at most one a step; the teacher is the snapshot {@code gap}
 * places back, so 9 to 10 points denser; once the student is at the target with all snapshots taken, the teacher walks
 * back to the intact model. Targets of up to {@code gap} intervals see the intact model but for a rounding error. It
 * differs from the original
 * in two faults only: thresholds are integers, and the walk does not divide by zero when few steps are left.
 *
 * @param target final sparsity, 0..1
 * @param interval distance of the thresholds in per cent (the authors': 1)
 * @param gap snapshots that the teacher lags behind (the authors': 10)
 */
record FaithfulCurriculum(double target, int interval, int gap, List<Integer> recorded, OptionalInt turnedAt)
        implements Curriculum {

    @Override
    public OptionalInt teacher(int remaining) {
        int place;
        if (turnedAt.isEmpty()) {
            place = recorded.size() - gap;
        } else {
            int stepsPerTeacher = Math.max(1, turnedAt.getAsInt() / (recorded.size() + 1));
            place = Math.min(remaining / stepsPerTeacher - gap, recorded.size() - 1);
        }
        return place < 0 ? OptionalInt.empty() : OptionalInt.of(recorded.get(place));
    }

    @Override
    public Curriculum record(double sparsity, int remaining) {
        if (turnedAt.isPresent()) {
            return this;
        }
        if (recorded.size() >= Thresholds.upTo(target, interval) - 1) {
            return sparsity >= target
                    ? new FaithfulCurriculum(target, interval, gap, recorded, OptionalInt.of(remaining))
                    : this;
        }
        int next = (recorded.size() + 1) * interval;
        return sparsity >= next / 100.0
                ? new FaithfulCurriculum(target, interval, gap, Thresholds.with(recorded, next), turnedAt)
                : this;
    }

    @Override
    public boolean recordsTheStart() {
        return true;
    }
}
