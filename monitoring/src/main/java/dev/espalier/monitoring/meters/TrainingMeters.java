package dev.espalier.monitoring.meters;

import dev.espalier.monitoring.StepFields;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;

/** The training of a run, step by step. */
public final class TrainingMeters {
    private static final String INTACT = "intact";
    private static final Pattern PERCENTAGE = Pattern.compile("[0-9]{1,3}");
    private static final String LOSSES = StepFields.LOSS + ".";
    private static final String SPARSITIES = "sparsity.";

    private final Meters meters;
    private final String run;

    public TrainingMeters(Meters meters, String run) {
        this.meters = meters;
        this.run = run;
    }

    /** Makes the counters of a stage that will train, so that they start from 0. */
    public void expect(String stage) {
        meters.counter(Measure.STEPS, run, stage);
        meters.counter(Measure.TOKENS, run, stage);
        meters.counter(Measure.NON_FINITE_STEPS, run, stage);
    }

    /** A learning rate that no step tells of: {@code kind} is what it moves. */
    public void learningRate(String stage, String kind, double rate) {
        meters.set(Measure.LEARNING_RATE, rate, run, stage, kind);
    }

    /**
     * A step was taken.
     *
     * @param tokens input tokens of it
     * @param seconds that it took
     * @param teacher {@code intact}, a percentage, or {@code none}
     * @param values what it measured, by the names of {@link StepFields}; others are told as they are
     */
    public void stepped(
            String stage, Instant at, long tokens, double seconds, String teacher, Map<String, Double> values) {
        meters.set(Measure.LAST_STEP, at, run);
        meters.timer(Measure.STEP_TIME, run, stage).record(Duration.ofNanos(Math.round(seconds * 1e9)));
        meters.counter(Measure.STEPS, run, stage).increment();
        meters.counter(Measure.TOKENS, run, stage).increment(tokens);
        if (!Double.isFinite(values.getOrDefault(StepFields.GRADIENT_NORM, 0.0))) {
            meters.counter(Measure.NON_FINITE_STEPS, run, stage).increment();
        }
        values.forEach((name, value) -> tell(stage, name, value));
        double taught = teacher(teacher);
        meters.set(Measure.TEACHER_SPARSITY, taught, run);
        meters.set(Measure.TEACHER_GAP, values.getOrDefault(StepFields.SPARSITY_EXPECTED, Double.NaN) - taught, run);
    }

    private void tell(String stage, String name, double value) {
        if (name.equals(StepFields.LOSS)) {
            meters.set(Measure.LOSS, value, run, stage, "total");
        } else if (name.startsWith(LOSSES)) {
            meters.set(Measure.LOSS, value, run, stage, name.substring(LOSSES.length()));
        } else if (name.startsWith(SPARSITIES)) {
            meters.set(Measure.SPARSITY, value, run, name.substring(SPARSITIES.length()));
        } else if (name.equals(StepFields.LEARNING_RATE)) {
            meters.set(Measure.LEARNING_RATE, value, run, stage, "student");
        } else if (name.equals(StepFields.GRADIENT_NORM)) {
            meters.set(Measure.GRADIENT_NORM, value, run, stage);
        } else {
            meters.set(Measure.VALUE, value, run, stage, name);
        }
    }

    /** The sparsity that the teacher's word stands for; NaN if there is none, or the word says nothing to us. */
    private static double teacher(String word) {
        if (word.equals(INTACT)) {
            return 0;
        }
        return PERCENTAGE.matcher(word).matches() ? Integer.parseInt(word) / 100.0 : Double.NaN;
    }
}
