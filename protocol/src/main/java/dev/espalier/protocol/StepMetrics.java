package dev.espalier.protocol;

/**
 * What one training step measured; one line of metrics.jsonl (DESIGN section 8). Losses are natural-log nats per
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
        double gradientNorm) {}
