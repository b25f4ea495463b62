package dev.espalier.worker.masks;

/**
 * Adam without weight decay over a plain array (betas 0.9, 0.999; eps 1e-8), for the few thousand numbers that masks
 * and multipliers are; the model's tensors take theirs inside libtorch.
 */
public final class Adam {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final double[] first;
    private final double[] second;
    private long steps;

    public Adam(int size) {
        this(new double[size], new double[size], 0);
    }

    public Adam(double[] first, double[] second, long steps) {
        this.first = first;
        this.second = second;
        this.steps = steps;
    }

    public void step(double[] values, double[] gradient, double rate) {
        steps++;
        double correct1 = 1 - Math.pow(BETA_1, steps);
        double correct2 = 1 - Math.pow(BETA_2, steps);
        for (int i = 0; i < values.length; i++) {
            first[i] += (1 - BETA_1) * (gradient[i] - first[i]);
            second[i] += (1 - BETA_2) * (gradient[i] * gradient[i] - second[i]);
            values[i] -= rate * (first[i] / correct1) / (Math.sqrt(second[i] / correct2) + EPSILON);
        }
    }

    public double[] first() {
        return first;
    }

    public double[] second() {
        return second;
    }

    public long steps() {
        return steps;
    }
}
