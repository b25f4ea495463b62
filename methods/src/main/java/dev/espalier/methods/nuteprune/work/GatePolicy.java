package dev.espalier.methods.nuteprune.work;

import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.ExpectedSparsity;
import dev.espalier.worker.masks.GateSample;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.SparsityController;
import dev.espalier.worker.masks.UniformShape;
import java.util.Optional;

/**
 * From logits to gates, in the paper's way (sampled at a fixed temperature, sparsity left to the multipliers, kept
 * units of teachers soft) or in the default one (sparsity held by the controller, temperature falling, hard masks).
 */
final class GatePolicy {
    private final PrunableShape shape;
    private final RunConfig.Prune prune;
    private final long seed;
    private final Optional<UniformShape> uniform;
    private final SparsityController controller;
    private final DeterministicMasks deterministic;
    private final ExpectedSparsity expected;

    /** @param seed of the gates' noise */
    GatePolicy(RunConfig config, PrunableShape shape, Optional<UniformShape> uniform, long seed) {
        this.shape = shape;
        this.prune = config.prune();
        this.seed = seed;
        this.uniform = uniform;
        this.controller = new SparsityController(shape, uniform, prune.sparsity());
        this.deterministic = new DeterministicMasks(shape);
        this.expected = new ExpectedSparsity(shape);
        if (uniform.isEmpty() && !prune.faithful()) {
            deterministic.requireReachable(prune.sparsity());
        }
    }

    /**
     * The gates of one step.
     *
     * @param sparsity expected, before the step's update
     * @param probabilities of being active
     */
    record Draw(GateSample sample, double sparsity, MaskSet probabilities) {}

    Draw draw(MaskSet logits, int step, double target) {
        if (prune.faithful()) {
            return sampled(logits, 1, step);
        }
        double temperature = new GateSchedule(prune.gates(), prune.gatedSteps()).temperature(step);
        MaskSet sharpened = logits.map(a -> a / temperature);
        return sampled(controller.project(sharpened, target, HardConcrete.BETA), temperature, step);
    }

    private Draw sampled(MaskSet logits, double temperature, int step) {
        MaskSet probabilities = logits.map(a -> HardConcrete.active(a, HardConcrete.BETA));
        GateSample drawn = GateSample.draw(logits, HardConcrete.BETA, seed, step);
        GateSample sample = new GateSample(drawn.gates(), drawn.slope().map(slope -> slope / temperature));
        return new Draw(sample, expected.of(probabilities), probabilities);
    }

    /** Masks of a student version that became a teacher at {@code sparsity}. */
    MaskSet teacher(MaskSet logits, double sparsity) {
        return prune.faithful()
                ? DeterministicMasks.soft(logits)
                : deterministic.at(logits, sparsity, uniform, prune.sparsity());
    }

    /**
     * Masks at the end of pruning. The paper's are as soft as its teachers', and as near to the target as the multipliers
     * came; where layers are to be alike, units that are kept in the wanted counts are as soft.
     */
    MaskSet end(MaskSet logits) {
        if (prune.faithful() && uniform.isEmpty()) {
            return DeterministicMasks.soft(logits);
        }
        MaskSet hard = deterministic.at(logits, prune.sparsity(), uniform, prune.sparsity());
        return prune.faithful() ? hard.times(logits.map(HardConcrete::soft)) : hard;
    }

    ExpectedSparsity expected() {
        return expected;
    }

    PrunableShape shape() {
        return shape;
    }
}
