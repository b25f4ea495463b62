package dev.espalier.methods.nuteprune.policy;

import java.util.List;
import java.util.OptionalInt;

/**
 * NutePrune's numerous teachers with the original's faults repaired:
 * <ul>
 *   <li>The walk back to the intact model starts when the student is within {@link #TOLERANCE} of the target or the
 *       warm-up has ended, not only when it reaches the target exactly (runs were seen to stay at 0.498 for 0.5).
 *   <li>A slice may cross several thresholds: the version it made is snapshot once, under the highest, so that the
 *       label says what the teacher is. Where a threshold has no snapshot, the next denser one teaches.
 *   <li>The gap is at most half the thresholds. With the authors' 10 places, targets of up to 10 % never had a
 *       teacher but the intact model.
 *   <li>The walk is proportional to the steps left, which needs no division that can be by zero.
 * </ul>
 *
 * @param from sparsity that the round starts with, 0..1: no version of it is as dense
 * @param target final sparsity, 0..1
 * @param interval distance of the thresholds in per cent
 * @param gap thresholds that the teacher lags behind
 * @param remainingAfterWarmup steps left when the warm-up has ended
 */
record NumerousCurriculum(
        double from,
        double target,
        int interval,
        int gap,
        int remainingAfterWarmup,
        List<Integer> recorded,
        OptionalInt turnedAt)
        implements Curriculum {

    /** Half a point of sparsity: what the controller is allowed to be off. */
    static final double TOLERANCE = 0.005;

    @Override
    public OptionalInt teacher(int remaining) {
        int first = Thresholds.upTo(from, interval);
        int thresholds = Thresholds.below(target, interval) - first;
        int lag = Math.max(1, Math.min(gap, thresholds / 2));
        long place;
        if (turnedAt.isEmpty()) {
            place = (long) highestPlace() - lag + 1;
        } else {
            long share = turnedAt.getAsInt() == 0 ? 0 : (long) remaining * (thresholds + 1) / turnedAt.getAsInt();
            place = first + Math.min(share - lag + 1, thresholds);
        }
        return densestUpTo(place * interval);
    }

    @Override
    public Curriculum record(double sparsity, int remaining) {
        if (turnedAt.isPresent()) {
            return this;
        }
        int crossed = (int) Math.min(Math.floor(sparsity * 100 / interval), Thresholds.below(target, interval));
        List<Integer> snapshots = crossed > highestPlace() ? Thresholds.with(recorded, crossed * interval) : recorded;
        boolean turn = sparsity >= target - TOLERANCE || remaining <= remainingAfterWarmup;
        return new NumerousCurriculum(
                from,
                target,
                interval,
                gap,
                remainingAfterWarmup,
                snapshots,
                turn ? OptionalInt.of(remaining) : OptionalInt.empty());
    }

    @Override
    public boolean recordsTheStart() {
        return false;
    }

    private int highestPlace() {
        return recorded.isEmpty() ? Thresholds.upTo(from, interval) : recorded.get(recorded.size() - 1) / interval;
    }

    private OptionalInt densestUpTo(long percent) {
        return recorded.stream()
                .mapToInt(Integer::intValue)
                .filter(threshold -> threshold <= percent)
                .max();
    }
}
