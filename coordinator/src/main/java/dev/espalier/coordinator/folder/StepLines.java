package dev.espalier.coordinator.folder;

import dev.espalier.monitoring.StepLine;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.time.Instant;
import java.util.Optional;

/** What a worker measured in a step, as {@code metrics.jsonl} and those who watch are told. */
public final class StepLines {
    private StepLines() {}

    public static StepLine of(StepMetrics step, Instant at) {
        return new StepLine(
                at,
                step.stage().word(),
                step.step(),
                step.tokens(),
                step.seconds(),
                step.loss(),
                step.kl(),
                step.layers(),
                step.lagrangian(),
                step.expectedSparsity(),
                step.targetSparsity(),
                step.teacher(),
                step.learningRate(),
                step.gradientNorm(),
                step.validation());
    }

    /** The other way round; what the line does not hold is empty. */
    public static StepMetrics metrics(StepLine line) {
        return new StepMetrics(
                Stage.written(line.stage()),
                line.step(),
                line.tokens(),
                line.seconds(),
                line.loss(),
                line.kl(),
                line.layers(),
                line.lagrangian(),
                line.expectedSparsity(),
                line.targetSparsity(),
                line.teacher(),
                line.learningRate(),
                line.gradientNorm(),
                line.validation(),
                Optional.empty());
    }
}
