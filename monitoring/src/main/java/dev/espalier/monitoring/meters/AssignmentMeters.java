package dev.espalier.monitoring.meters;

import java.time.Duration;

/** The assignments of a run, and the merging of their results. */
public final class AssignmentMeters {
    /** What became of an assignment. Each attempt is handed out, and then at most one of the others. */
    public enum Outcome {
        ASSIGNED,
        MERGED,
        FAILED,
        /** Its worker is gone, or stands still. */
        LOST,
        /** Given back or taken back: nobody's fault. */
        RETURNED,
        /** Its result came when nobody waited for it any more, or from too old a version. */
        STALE
    }

    private final Meters meters;
    private final String run;

    public AssignmentMeters(Meters meters, String run) {
        this.meters = meters;
        this.run = run;
    }

    /** Makes the counters of a stage, so that they start from 0. */
    public void expect(String stage) {
        for (Outcome outcome : Outcome.values()) {
            meters.counter(Measure.ASSIGNMENTS, run, stage, Label.value(outcome));
        }
    }

    public void count(String stage, Outcome outcome) {
        meters.counter(Measure.ASSIGNMENTS, run, stage, Label.value(outcome)).increment();
    }

    /**
     * A result became part of the student.
     *
     * @param staleness versions merged between its base and itself; 0 if it came from the newest
     */
    public void merged(long staleness, Duration took) {
        meters.summary(Measure.STALENESS, run).record(staleness);
        meters.timer(Measure.MERGE_TIME, run).record(took);
    }
}
