package dev.espalier.cli.plan;

import dev.espalier.coordinator.stage.StagePlan.Training;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What training takes, from a few steps of it: pure.
 *
 * @param first seconds of the first step, which warms up
 * @param step seconds of each other, as the later half of those that were seen took
 * @param validation seconds of measuring the loss on held-out text; 0 if there is none
 * @param merging seconds from a slice to the next
 */
record TrainingTime(double first, double step, double validation, double merging) {
    /** Validation happens so often while a model is trained, or a little more often. */
    private static final int VALIDATIONS = 10;

    /** @param steps that were seen of one training, each of which was followed by validation; at least one */
    static TrainingTime of(List<Observed.Step> steps) {
        List<Observed.Step> warm = steps.subList(steps.size() / 2, steps.size());
        double validation = median(warm.stream().filter(step -> !step.resumed()).toList(), Observed.Step::besides);
        double resuming = median(warm.stream().filter(Observed.Step::resumed).toList(), Observed.Step::besides);
        return new TrainingTime(
                steps.get(0).seconds(),
                median(warm, Observed.Step::seconds),
                validation,
                Math.max(0, resuming - validation));
    }

    private static double median(List<Observed.Step> steps, ToDoubleFunction<Observed.Step> what) {
        return steps.isEmpty()
                ? 0
                : Median.of(steps.stream().mapToDouble(what).boxed().toList());
    }

    /**
     * Seconds of so much of it, without what comes before the first step is told and after the last.
     *
     * @param before steps of the stage that are not of this training
     */
    double of(Training training, int before) {
        int validations = validations(before, before + training.steps());
        return first
                + (training.steps() - 1) * step
                + Math.max(0, validations - 1) * validation
                + (training.slices() - 1) * merging;
    }

    /** How often steps {@code from .. until - 1} of a stage are followed by validation, as workers do it. */
    static int validations(int from, int until) {
        int every = Math.max(1, until / VALIDATIONS);
        int whole = until / every - from / every;
        return until % every == 0 ? whole : whole + 1;
    }
}
