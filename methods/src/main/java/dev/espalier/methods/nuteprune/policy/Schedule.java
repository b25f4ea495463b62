package dev.espalier.methods.nuteprune.policy;

import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The expected sparsity wanted at each pruning step: from 0 at step 0 to {@code target} at the end of the warm-up, and
 * there from then on (NutePrune, section 1.6).
 *
 * @param target share of prunable parameters to remove, 0..1
 * @param warmupSteps steps of the rise; 0 wants the target from the first step
 */
public record Schedule(RunConfig.ScheduleKind kind, double target, int warmupSteps) {

    public static Schedule of(RunConfig.Prune prune) {
        return new Schedule(
                prune.schedule().kind(), prune.sparsity(), prune.schedule().warmupSteps());
    }

    /** The sparsity wanted at {@code step}, counted from 0. */
    public double at(int step) {
        if (warmupSteps == 0) {
            return target;
        }
        double risen = Math.min(1.0, (double) step / warmupSteps);
        return switch (kind) {
            case LINEAR -> target * risen;
            case CUBIC -> target - target * Math.pow(1 - risen, 3);
        };
    }

    /** The sparsities wanted at {@code steps} steps from {@code firstStep}. */
    public List<Double> slice(int firstStep, int steps) {
        return IntStream.range(firstStep, firstStep + steps).mapToObj(this::at).toList();
    }
}
