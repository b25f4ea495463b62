package dev.espalier.worker.training;

/** Learning rates over the steps of a stage, counted from 0. */
public final class LearningRate {
    private LearningRate() {}

    /** Linear rise over {@code warmup} steps, then linear fall to 0 at {@code total}. */
    public static double linear(double peak, int step, int warmup, int total) {
        if (step < warmup) {
            return peak * (step + 1) / (warmup + 1);
        }
        return peak * Math.max(0, total - step) / Math.max(1, total - warmup);
    }

    /** Linear rise over {@code warmup} steps, then half a cosine down to {@code last} at {@code total}. */
    public static double cosine(double peak, double last, int step, int warmup, int total) {
        if (step < warmup) {
            return peak * (step + 1) / (warmup + 1);
        }
        double progress = Math.min(1, (double) (step - warmup) / Math.max(1, total - warmup));
        return last + (peak - last) * 0.5 * (1 + Math.cos(Math.PI * progress));
    }
}
