package dev.espalier.monitoring;

import java.time.Instant;

/**
 * One training step as {@code metrics.jsonl} tells it; units and meanings stand at {@link StepFields}. A value that
 * does not exist is NaN, and absent from the line.
 *
 * @param teacher {@code intact}, a percentage, or {@code none}
 */
public record StepLine(
        Instant time,
        String stage,
        int step,
        long tokens,
        double seconds,
        double loss,
        double kl,
        double layers,
        double lagrangian,
        double expectedSparsity,
        double targetSparsity,
        String teacher,
        double learningRate,
        double gradientNorm,
        double validation) {

    public static final String NO_TEACHER = "none";
}
