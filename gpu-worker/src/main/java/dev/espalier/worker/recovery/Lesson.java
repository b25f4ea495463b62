package dev.espalier.worker.recovery;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;

/**
 * Steps {@code firstStep .. lastStep - 1} of a stage that train a model whose masks are fixed.
 *
 * @param firstSequence where its data begins
 * @param peakRate learning rate after {@code warmupSteps}, falling linearly to 0 at {@code lastStep}
 * @param temperature of the distillation
 * @param sparsity what is gone of the model; NaN where the stage does not speak of it
 */
public record Lesson(
        Stage stage,
        int firstStep,
        int lastStep,
        int batchSize,
        long firstSequence,
        double peakRate,
        int warmupSteps,
        double temperature,
        double sparsity) {
    /** The recover stage, which goes on in the text where the prune stage ended. */
    public static Lesson recovery(Stage stage, RunConfig.Recover recover, RunConfig.Prune prune) {
        return new Lesson(
                stage,
                0,
                recover.steps(),
                recover.batchSize(),
                (long) prune.steps() * prune.batchSize(),
                recover.learningRate(),
                recover.warmupSteps(),
                recover.temperature(),
                Double.NaN);
    }
}
