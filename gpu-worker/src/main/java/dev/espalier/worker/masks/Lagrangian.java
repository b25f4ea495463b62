package dev.espalier.worker.masks;

import dev.espalier.worker.training.ArrayGroup;
import java.util.Map;

/**
 * The paper's sparsity penalty lambda1 (s - t) + lambda2 (s - t)^2, minimised by the logits and maximised by the two
 * multipliers (docs/methods/nuteprune.md, Lagrangian). The multipliers take Adam steps of ascent at rate 0.1.
 */
public final class Lagrangian {
    private final float[] lambda;
    private final ArrayGroup group;

    /** With these multipliers. */
    public Lagrangian(float first, float second) {
        lambda = new float[] {first, second};
        group = new ArrayGroup("lagrangian", lambda, Map.of());
    }

    public static Lagrangian start() {
        return new Lagrangian(0, 0);
    }

    public float[] multipliers() {
        return lambda;
    }

    /** The two multipliers, as a group among others that are trained. */
    public ArrayGroup group() {
        return group;
    }

    public double loss(double sparsity, double target) {
        double gap = sparsity - target;
        return lambda[0] * gap + lambda[1] * gap * gap;
    }

    /** d loss / d sparsity. */
    public double slope(double sparsity, double target) {
        return lambda[0] + 2 * lambda[1] * (sparsity - target);
    }

    public void ascend(double sparsity, double target, double rate) {
        double gap = sparsity - target;
        group.step(new double[] {-gap, -gap * gap}, rate);
    }
}
