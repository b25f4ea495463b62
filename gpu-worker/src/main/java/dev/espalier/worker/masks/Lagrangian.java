package dev.espalier.worker.masks;

/**
 * The paper's sparsity penalty lambda1 (s - t) + lambda2 (s - t)^2, minimised by the logits and maximised by the two
 * multipliers (docs/methods/nuteprune.md, Lagrangian). The multipliers take Adam steps of ascent at rate 0.1.
 */
public final class Lagrangian {
    private final Adam adam;
    private final float[] lambda;

    /** @param lambda the two multipliers; {@code adam} their optimizer state */
    public Lagrangian(float[] lambda, Adam adam) {
        this.lambda = lambda;
        this.adam = adam;
    }

    public static Lagrangian start() {
        return new Lagrangian(new float[2], new Adam(2));
    }

    public float[] multipliers() {
        return lambda;
    }

    public Adam adam() {
        return adam;
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
        adam.step(lambda, new double[] {-gap, -gap * gap}, rate);
    }
}
