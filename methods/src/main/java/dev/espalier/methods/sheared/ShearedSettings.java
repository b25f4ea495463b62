package dev.espalier.methods.sheared;

import dev.espalier.protocol.config.WantedShape;

/**
 * {@code prune.sheared}.
 *
 * @param parameters that the smaller model is to have; 0: what the shape or the sparsity says
 * @param faithful whether targets are what the authors' code makes of them
 * @param warmup share of the steps over which targets rise from nothing
 * @param weightsRate learning rate of what is trained beside the gates, at its highest
 * @param masksRate that of the gates' logits
 * @param multipliersRate that of the multipliers; 0: what {@link #multipliersRate(int)} says
 */
public record ShearedSettings(
        WantedShape shape,
        double parameters,
        Trained train,
        boolean faithful,
        double warmup,
        double weightsRate,
        double masksRate,
        double multipliersRate) {
    /** Steps of the authors' pruning, over which their multipliers rise at a rate of 1. */
    private static final double PUBLISHED_STEPS = 3200;

    /** That of the multipliers: in fewer steps than the authors' they come as far. */
    public double multipliersRate(int steps) {
        if (multipliersRate > 0) {
            return multipliersRate;
        }
        return faithful ? 1 : Math.max(1, PUBLISHED_STEPS / steps);
    }
}
