package dev.espalier.methods.gates;

import dev.espalier.worker.training.ArrayGroup;
import java.util.Arrays;
import java.util.Map;

/**
 * A penalty lambda1 (s - t) + lambda2 (s - t)^2 on a sparsity s that is to be t, minimised by the logits and maximised by
 * the two multipliers, which take Adam steps of ascent (docs/methods/nuteprune.md, Lagrangian). Of several sparsities that
 * share the multipliers, the mean counts (docs/methods/sheared.md, Constraints).
 */
public final class Lagrangian {
    private final float[] lambda;
    private final ArrayGroup group;

    /** With these multipliers. */
    public Lagrangian(float first, float second) {
        this("lagrangian", first, second);
    }

    private Lagrangian(String name, float first, float second) {
        lambda = new float[] {first, second};
        group = new ArrayGroup(name, lambda, Map.of());
    }

    /** Multipliers that have not moved, one pair of several. @param of what the sparsity is one of */
    public static Lagrangian of(String of) {
        return new Lagrangian("lagrangian." + of, 0, 0);
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
        ascend(new double[] {sparsity - target}, rate);
    }

    /** Mean of the penalty. @param gaps s - t of each */
    public double loss(double[] gaps) {
        return lambda[0] * mean(gaps) + lambda[1] * meanSquare(gaps);
    }

    /** d of the mean penalty / d s, of one of {@code count} sparsities. */
    public double slope(double gap, int count) {
        return (lambda[0] + 2 * lambda[1] * gap) / count;
    }

    /** One step up the mean penalty. */
    public void ascend(double[] gaps, double rate) {
        group.step(new double[] {-mean(gaps), -meanSquare(gaps)}, rate);
    }

    private static double mean(double[] gaps) {
        return Arrays.stream(gaps).average().orElse(0);
    }

    private static double meanSquare(double[] gaps) {
        return Arrays.stream(gaps).map(gap -> gap * gap).average().orElse(0);
    }
}
