package dev.espalier.worker.recovery;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;

/**
 * Steps {@code firstStep .. lastStep - 1} of a stage that train a model whose masks are fixed.
 *
 * @param batchSize sequences a step
 * @param peakRate learning rate after {@code warmupSteps}, falling linearly to 0 at {@code lastStep}
 * @param temperature of the distillation
 * @param sparsity what is gone of the model; NaN where the stage does not speak of it
 */
public record Lesson(
        Stage stage,
        int firstStep,
        int lastStep,
        int batchSize,
        double peakRate,
        int warmupSteps,
        double temperature,
        double sparsity) {
    /** The recover stage. */
    public static Lesson recovery(Stage stage, RunConfig.Recover recover) {
        return new Lesson(
                stage,
                0,
                recover.steps(),
                recover.batchSize(),
                recover.learningRate(),
                recover.warmupSteps(),
                recover.temperature(),
                Double.NaN);
    }
}
