package dev.espalier.monitoring.meters;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** How a run stands: its state and its stages', its student, its journal. */
public final class RunMeters {
    private static final String BROKEN = "broken";

    private final Meters meters;
    private final String run;

    public RunMeters(Meters meters, String run) {
        this.meters = meters;
        this.run = run;
    }

    public void state(Enum<?> state) {
        for (Enum<?> each : state.getDeclaringClass().getEnumConstants()) {
            meters.set(Measure.RUN_STATE, each == state ? 1 : 0, run, Label.value(each));
        }
        meters.set(Measure.RUN_STATE, 0, run, BROKEN);
    }

    /**
     * The run cannot go on, whatever its state is by the journal: that, or its folder, cannot be read or written.
     *
     * @param states all it may have
     */
    public void broken(Enum<?>[] states) {
        for (Enum<?> each : states) {
            meters.set(Measure.RUN_STATE, 0, run, Label.value(each));
        }
        meters.set(Measure.RUN_STATE, 1, run, BROKEN);
    }

    /** @param steps training steps of it that are merged */
    public void stage(String stage, Enum<?> state, int steps, Optional<Instant> started, Optional<Instant> ended) {
        for (Enum<?> each : state.getDeclaringClass().getEnumConstants()) {
            meters.set(Measure.STAGE_STATE, each == state ? 1 : 0, run, stage, Label.value(each));
        }
        // From 0, also before the first failure.
        meters.counter(Measure.STAGE_FAILURES, run, stage);
        meters.set(Measure.STAGE_STEPS, steps, run, stage);
        started.ifPresent(at -> meters.set(Measure.STAGE_STARTED, at, run, stage));
        ended.ifPresent(at -> meters.set(Measure.STAGE_ENDED, at, run, stage));
    }

    /** The run has these stages and no others: what was told of those it had before is not true any more. */
    public void only(List<String> stages) {
        meters.end(label -> run.equals(label.apply(Label.RUN))
                && label.apply(Label.STAGE) != null
                && !stages.contains(label.apply(Label.STAGE)));
    }

    /** There is nothing to tell of the run any more. */
    public void removed() {
        meters.end(label -> run.equals(label.apply(Label.RUN)));
    }

    public void stageFailed(String stage) {
        meters.counter(Measure.STAGE_FAILURES, run, stage).increment();
    }

    /** @param steps training steps that the stage will have */
    public void planned(String stage, int steps) {
        meters.set(Measure.STAGE_PLANNED, steps, run, stage);
    }

    /** The run went on: attempts that come to nothing are no progress. */
    public void progressed(Instant at) {
        meters.set(Measure.RUN_PROGRESS, at, run);
    }

    /** A file that the stage left is missing or is not what it was. */
    public void damaged(String stage, Instant at) {
        meters.set(Measure.DAMAGE, at, run, stage);
    }

    /** @param versions student versions so far; @param teachers those of them in the teacher bank */
    public void student(int versions, int teachers) {
        meters.set(Measure.STUDENT_VERSION, versions, run);
        meters.set(Measure.TEACHERS, teachers, run);
    }

    /** What was done until now is safe: a crash goes back to here. */
    public void checkpoint(Instant at) {
        meters.set(Measure.CHECKPOINT, at, run);
    }

    /** The journal took a batch of events. */
    public void journalled(Duration took) {
        meters.timer(Measure.JOURNAL_TIME, run).record(took);
    }
}
