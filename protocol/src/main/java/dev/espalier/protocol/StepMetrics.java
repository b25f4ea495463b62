package dev.espalier.protocol;

import java.util.Optional;

/**
 * What one training step measured; one line of metrics.jsonl. Losses are natural-log nats per
 * token; a value that does not exist in a stage is NaN and is left out of the line.
 *
 * @param step counts from 0 within the stage
 * @param tokens input tokens of this step
 * @param seconds duration of this step
 * @param loss what was minimised
 * @param kl distillation loss
 * @param layers layer-wise distillation loss
 * @param lagrangian Lagrangian term (faithful mode)
 * @param expectedSparsity expected share of prunable parameters gone, 0..1
 * @param targetSparsity what the schedule wanted at this step, 0..1
 * @param teacher {@code intact}, a percentage, or {@code none}
 * @param learningRate of the LoRA factors
 * @param gradientNorm global norm before clipping
 * @param validation cross-entropy of the validation text after this step; NaN after most, where it is not measured
 * @param kept what the student is expected to keep of each layer, while gates learn that; not part of the line
 */
public record StepMetrics(
        Stage stage,
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
        double validation,
        Optional<KeptShares> kept) {

    /** A step after which the validation text was not measured, without gates. */
    public StepMetrics(
            Stage stage,
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
            double gradientNorm) {
        this(
                stage,
                step,
                tokens,
                seconds,
                loss,
                kl,
                layers,
                lagrangian,
                expectedSparsity,
                targetSparsity,
                teacher,
                learningRate,
                gradientNorm,
                Double.NaN,
                Optional.empty());
    }

    /** The same under another number, as where rounds are drawn one after the other. */
    public StepMetrics numbered(int other) {
        return new StepMetrics(
                stage,
                other,
                tokens,
                seconds,
                loss,
                kl,
                layers,
                lagrangian,
                expectedSparsity,
                targetSparsity,
                teacher,
                learningRate,
                gradientNorm,
                validation,
                kept);
    }

    public StepMetrics withValidation(double measured) {
        return new StepMetrics(
                stage,
                step,
                tokens,
                seconds,
                loss,
                kl,
                layers,
                lagrangian,
                expectedSparsity,
                targetSparsity,
                teacher,
                learningRate,
                gradientNorm,
                measured,
                kept);
    }

    public StepMetrics withKept(KeptShares expected) {
        return new StepMetrics(
                stage,
                step,
                tokens,
                seconds,
                loss,
                kl,
                layers,
                lagrangian,
                expectedSparsity,
                targetSparsity,
                teacher,
                learningRate,
                gradientNorm,
                validation,
                Optional.of(expected));
    }
}
