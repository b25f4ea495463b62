package dev.espalier.protocol.data;

import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * The loss of a family of models that saw the same tokens, by their parameters N: {@code A N^-b + C}, laid through three of
 * them (Hoffmann et al. 2022 with the term of the data in the constant; Xia et al. 2023, arXiv 2310.06694, section 2.2).
 * Three points for three numbers: what it says far below the smallest of them is a guess.
 */
public record LossLaw(double a, double b, double c) {
    /** So many models are needed. */
    public static final int MODELS = 3;

    private static final double LEAST = 1e-4;
    private static final double MOST = 5;
    private static final int BISECTIONS = 200;

    /**
     * @param parameters of the models, rising
     * @param losses of the same models
     * @return empty if no such law goes through them
     */
    public static Optional<LossLaw> through(double[] parameters, double[] losses) {
        boolean rises = 0 < parameters[0] && parameters[0] < parameters[1] && parameters[1] < parameters[2];
        boolean falls = losses[0] > losses[1] && losses[1] > losses[2];
        if (!rises || !falls) {
            return Optional.empty();
        }
        double wanted = (losses[0] - losses[1]) / (losses[1] - losses[2]);
        // Powers of ratios to the smallest, so that large b do not vanish.
        double second = parameters[1] / parameters[0];
        double third = parameters[2] / parameters[0];
        DoubleUnaryOperator gap =
                b -> (1 - Math.pow(second, -b)) / (Math.pow(second, -b) - Math.pow(third, -b)) - wanted;
        double low = LEAST;
        double high = MOST;
        if (gap.applyAsDouble(low) > 0 || gap.applyAsDouble(high) < 0) {
            return Optional.empty();
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            boolean below = gap.applyAsDouble(middle) < 0;
            low = below ? middle : low;
            high = below ? high : middle;
        }
        double b = (low + high) / 2;
        double a = (losses[0] - losses[1]) / (Math.pow(parameters[0], -b) - Math.pow(parameters[1], -b));
        return Optional.of(new LossLaw(a, b, losses[0] - a * Math.pow(parameters[0], -b)));
    }

    /** Nats per token of a model of so many parameters. */
    public double at(double parameters) {
        return a * Math.pow(parameters, -b) + c;
    }
}
