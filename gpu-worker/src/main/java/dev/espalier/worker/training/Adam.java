package dev.espalier.worker.training;

/**
 * Adam without weight decay over a plain array (betas 0.9, 0.999; eps 1e-8), for the few thousand numbers that masks
 * and multipliers are; the model's tensors take theirs inside libtorch.
 */
final class Adam {
    private static final double BETA_1 = 0.9;
    private static final double BETA_2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final float[] first;
    private final float[] second;
    private long steps;

    Adam(int size) {
        first = new float[size];
        second = new float[size];
    }

    void step(float[] values, double[] gradient, double rate) {
        steps++;
        double correct1 = 1 - Math.pow(BETA_1, steps);
        double correct2 = 1 - Math.pow(BETA_2, steps);
        for (int i = 0; i < values.length; i++) {
            first[i] = (float) (first[i] + (1 - BETA_1) * (gradient[i] - first[i]));
            second[i] = (float) (second[i] + (1 - BETA_2) * (gradient[i] * gradient[i] - second[i]));
            double move = rate * (first[i] / correct1) / (Math.sqrt(second[i] / correct2) + EPSILON);
            values[i] = (float) (values[i] - move);
        }
    }

    float[] first() {
        return first;
    }

    float[] second() {
        return second;
    }

    long steps() {
        return steps;
    }

    void restoreSteps(long taken) {
        steps = taken;
    }
}
