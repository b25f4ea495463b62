package dev.espalier.protocol;

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
        double validation) {

    /** A step after which the validation text was not measured. */
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
                Double.NaN);
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
                measured);
    }
}
