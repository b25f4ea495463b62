package dev.espalier.methods.nuteprune.policy;

import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The expected sparsity wanted at each pruning step: from {@code from} at step 0 to {@code target} at the end of the
 * warm-up, and there from then on (NutePrune, section 1.6).
 *
 * @param from share of prunable parameters that earlier rounds removed; 0 in the first
 * @param target share of prunable parameters to remove, 0..1
 * @param warmupSteps steps of the rise; 0 wants the target from the first step
 */
public record Schedule(RunConfig.ScheduleKind kind, double from, double target, int warmupSteps) {

    public static Schedule of(RunConfig.Prune prune) {
        return new Schedule(
                prune.schedule().kind(),
                prune.from(),
                prune.sparsity(),
                prune.schedule().warmupSteps());
    }

    /** The sparsity wanted at {@code step}, counted from 0. */
    public double at(int step) {
        if (warmupSteps == 0) {
            return target;
        }
        double risen = Math.min(1.0, (double) step / warmupSteps);
        return switch (kind) {
            case LINEAR -> from + (target - from) * risen;
            case CUBIC -> target - (target - from) * Math.pow(1 - risen, 3);
        };
    }

    /** The sparsities wanted at {@code steps} steps from {@code firstStep}. */
    public List<Double> slice(int firstStep, int steps) {
        return IntStream.range(firstStep, firstStep + steps).mapToObj(this::at).toList();
    }
}
