package dev.espalier.worker.masks;

/**
 * The hard-concrete distribution of a gate z in [0, 1] with logit alpha (Louizos et al. 2018; constants of the authors'
 * code, docs/methods/nuteprune.md, Gates): a sigmoid stretched to (-0.1, 1.1) and clipped, so that exactly 0 and
 * exactly 1 have positive probability.
 */
public final class HardConcrete {
    public static final double BETA = 2.0 / 3;
    public static final double EPSILON = 1e-6;
    /** Bounds of the logits in the paper's code, ln 0.01 and ln 100. */
    public static final double LOGIT_BOUND = Math.log(100);

    private static final double LOW = -0.1;
    private static final double HIGH = 1.1;
    private static final double LN_11 = Math.log(HIGH / -LOW);
    private static final double EVALUATION_SCALE = 0.8;

    private HardConcrete() {}

    /** z for a uniform u in (0, 1) at temperature beta. */
    public static double sample(double u, double alpha, double beta) {
        return Math.min(1, Math.max(0, stretched(u, alpha, beta)));
    }

    /** dz/dalpha at the same u: 0 where the sample is clipped. */
    public static double sampleSlope(double u, double alpha, double beta) {
        double stretched = stretched(u, alpha, beta);
        if (stretched <= 0 || stretched >= 1) {
            return 0;
        }
        double y = (stretched - LOW) / (HIGH - LOW);
        return (HIGH - LOW) * y * (1 - y) / beta;
    }

    private static double stretched(double u, double alpha, double beta) {
        return sigmoid((Math.log(u) - Math.log1p(-u) + alpha) / beta) * (HIGH - LOW) + LOW;
    }

    /** P(z > 0) = sigmoid(alpha + beta ln 11), clamped to [1e-6, 1 - 1e-6]. */
    public static double active(double alpha, double beta) {
        return Math.min(1 - EPSILON, Math.max(EPSILON, sigmoid(alpha + beta * LN_11)));
    }

    /** d active / d alpha; 0 where the clamp holds. */
    public static double activeSlope(double alpha, double beta) {
        double p = sigmoid(alpha + beta * LN_11);
        return p <= EPSILON || p >= 1 - EPSILON ? 0 : p * (1 - p);
    }

    /** The value a kept unit has in the paper's deterministic masks, sigmoid(0.8 alpha / beta) (section 1.7). */
    public static double soft(double alpha) {
        return sigmoid(EVALUATION_SCALE * alpha / BETA);
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }
}
