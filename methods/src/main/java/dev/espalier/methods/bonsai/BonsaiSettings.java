package dev.espalier.methods.bonsai;

import dev.espalier.protocol.config.RunConfig;

/**
 * {@code prune.bonsai}.
 *
 * @param round share of the prunable parameters that goes in a round
 * @param ffnBlock FFN channels that stay or go together, neighbours in the order of the metric
 */
public record BonsaiSettings(double round, int ffnBlock) {
    private static final double ROUNDING = 1e-9;

    /** Rounds of a stage that reaches {@code to} of a model of which {@code from} is gone. */
    int rounds(double from, double to) {
        return (int) Math.max(1, Math.ceil((to - from) / round - ROUNDING));
    }

    /** Rounds of the last pruning of a configuration. */
    public int rounds(RunConfig.Prune prune) {
        return rounds(prune.from(), prune.sparsity());
    }
}
