package dev.espalier.worker.recovery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.Batches;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.Student;
import dev.espalier.worker.training.TokenTensors;
import java.util.Optional;

/**
 * Training after the masks are fixed: LoRA on the physically smaller model, towards the intact model's distribution
 * (KL per token) or the text itself (cross-entropy).
 */
public final class RecoverTrainer {
    private final Decoder model;
    private final Optional<Decoder> teacher;
    private final RunConfig.Recover recover;
    private final Batches data;
    private final long firstSequence;

    /**
     * @param model the smaller model
     * @param teacher the intact model; needed by the distillation objective only
     * @param firstSequence where this stage's data begins, so that it does not repeat the pruning stage's
     */
    public RecoverTrainer(
            Decoder model, Optional<Decoder> teacher, RunConfig.Recover recover, Batches data, long firstSequence) {
        this.model = model;
        this.teacher = teacher;
        this.recover = recover;
        this.data = data;
        this.firstSequence = firstSequence;
    }

    /** Takes one step; one whose loss or gradient is not finite changes nothing. */
    public StepMetrics step(Student student, int step, int totalSteps) {
        long start = System.nanoTime();
        Torch torch = model.torch();
        double rate = LearningRate.linear(recover.learningRate(), step, recover.warmupSteps(), totalSteps);
        Variant variant = new Variant(new NDList(), student.lora(), student.scale());
        try (NDManager scope = torch.scope()) {
            int[][] rows = data.batch(firstSequence + (long) step * recover.batchSize(), recover.batchSize());
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            Decoder.Step out = teacher.map(intact -> distil(scope, ids, variant, intact))
                    .orElseGet(() -> model.languageStep(
                            scope, ids, TokenTensors.nextTokens(torch, scope, rows), variant, false));
            double loss = out.losses().get(0).getFloat();
            double norm = Double.isFinite(loss) ? student.step(scope, out.lora(), rate) : Double.NaN;
            return new StepMetrics(
                    Stage.RECOVER,
                    step,
                    ids.size(),
                    (System.nanoTime() - start) / 1e9,
                    loss,
                    teacher.isPresent() ? loss : Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    Double.NaN,
                    teacher.isPresent() ? "intact" : "none",
                    rate,
                    norm);
        }
    }

    private Decoder.Step distil(NDManager scope, NDArray ids, Variant variant, Decoder intact) {
        NDList taught = intact.hiddenStates(scope, ids, Variant.INTACT, false);
        Decoder.Distillation loss = new Decoder.Distillation(recover.temperature(), 1, 0, false);
        return model.distillStep(scope, ids, variant, taught, intact.head(), loss);
    }
}
