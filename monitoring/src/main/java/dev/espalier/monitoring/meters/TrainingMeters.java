package dev.espalier.monitoring.meters;

import dev.espalier.monitoring.StepLine;
import java.time.Duration;

/** The training of a run, step by step. */
public final class TrainingMeters {
    private static final String INTACT = "intact";

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

    public void stepped(StepLine step) {
        String stage = step.stage();
        meters.set(Measure.LAST_STEP, step.time(), run);
        meters.timer(Measure.STEP_TIME, run, stage).record(Duration.ofNanos(Math.round(step.seconds() * 1e9)));
        meters.counter(Measure.STEPS, run, stage).increment();
        meters.counter(Measure.TOKENS, run, stage).increment(step.tokens());
        if (!Double.isFinite(step.gradientNorm())) {
            meters.counter(Measure.NON_FINITE_STEPS, run, stage).increment();
        }
        meters.set(Measure.LOSS, step.loss(), run, stage, "total");
        meters.set(Measure.LOSS, step.kl(), run, stage, "kl");
        meters.set(Measure.LOSS, step.layers(), run, stage, "layers");
        meters.set(Measure.LOSS, step.lagrangian(), run, stage, "lagrangian");
        if (Double.isFinite(step.validation())) {
            meters.set(Measure.LOSS, step.validation(), run, stage, "validation");
        }
        meters.set(Measure.GRADIENT_NORM, step.gradientNorm(), run, stage);
        meters.set(Measure.LEARNING_RATE, step.learningRate(), run, stage, "lora");
        meters.set(Measure.SPARSITY, step.expectedSparsity(), run, "expected");
        meters.set(Measure.SPARSITY, step.targetSparsity(), run, "target");
        double teacher = teacher(step.teacher());
        meters.set(Measure.TEACHER_SPARSITY, teacher, run);
        meters.set(Measure.TEACHER_GAP, step.expectedSparsity() - teacher, run);
    }

    /** The sparsity that the teacher's word stands for; NaN if there is none. */
    private static double teacher(String word) {
        if (word.equals(StepLine.NO_TEACHER)) {
            return Double.NaN;
        }
        return word.equals(INTACT) ? 0 : Integer.parseInt(word) / 100.0;
    }
}
