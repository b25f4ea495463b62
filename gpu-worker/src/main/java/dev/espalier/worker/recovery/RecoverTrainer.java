package dev.espalier.worker.recovery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.training.TokenTensors;
import dev.espalier.worker.training.Tuning;
import java.util.Optional;

/**
 * Training of the physically smaller model after the masks are fixed, towards a teacher's distribution (KL per
 * token) or the text itself (cross-entropy).
 */
public final class RecoverTrainer {
    private final Decoder model;
    private final Optional<Teaching> teacher;
    private final Lesson lesson;
    private final StepClock clock;

    /**
     * Who teaches.
     *
     * @param intact the intact model; @param variant what is laid over it; @param word its name in the metrics
     */
    public record Teaching(Decoder intact, Variant variant, String word) {}

    /**
     * @param model the smaller model
     * @param teacher empty: learn from the text itself
     * @param clock hears how long the parts of a step take
     */
    public RecoverTrainer(Decoder model, Optional<Teaching> teacher, Lesson lesson, StepClock clock) {
        this.model = model;
        this.teacher = teacher;
        this.lesson = lesson;
        this.clock = clock;
    }

    /**
     * Takes one step; one whose loss or gradient is not finite changes nothing, nor does one in which nothing is learnt.
     *
     * @param rows [batch][length] ids of its tokens
     */
    public StepMetrics step(Tuning student, int step, int[][] rows) {
        long start = System.nanoTime();
        Torch torch = model.torch();
        int taken = step - lesson.firstStep();
        double rate = LearningRate.linear(
                lesson.peakRate(), taken, lesson.warmupSteps(), lesson.lastStep() - lesson.firstStep());
        try (NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            clock.start();
            TrainingPass.Step out = teacher.map(teaching -> distil(scope, ids, rows, student, teaching))
                    .orElseGet(() -> new TrainingPass(model)
                            .language(
                                    scope,
                                    ids,
                                    TokenTensors.nextTokens(torch, scope, rows),
                                    student.variant(),
                                    student.own()));
            clock.endStudent(out.forward());
            boolean learns = LearntTokens.predicted(rows) > 0;
            double loss = learns ? out.losses().get(0).getFloat() : Double.NaN;
            double norm = learns ? Double.NaN : 0;
            if (Double.isFinite(loss)) {
                norm = student.step(scope, out, rate);
            }
            clock.end(Phase.OPTIMIZER);
            StepMetrics metrics = StepMetrics.of(lesson.stage(), step, ids.size(), (System.nanoTime() - start) / 1e9)
                    .with(StepFields.LOSS, loss);
            if (teacher.isPresent()) {
                metrics = metrics.taughtBy(teacher.get().word()).with(StepFields.LOSS_KL, loss);
            }
            if (!Double.isNaN(lesson.sparsity())) {
                metrics = metrics.with(StepFields.SPARSITY_EXPECTED, lesson.sparsity())
                        .with(StepFields.SPARSITY_TARGET, lesson.sparsity());
            }
            return metrics.with(StepFields.LEARNING_RATE, rate).with(StepFields.GRADIENT_NORM, norm);
        }
    }

    private TrainingPass.Step distil(NDManager scope, NDArray ids, int[][] rows, Tuning student, Teaching teacher) {
        NDList taught = teacher.intact().hiddenStates(scope, ids, teacher.variant(), false);
        clock.end(Phase.TEACHER);
        TrainingPass.Distillation loss = new TrainingPass.Distillation(
                lesson.temperature(), 1, 0, false, TokenTensors.learnt(model.torch(), scope, rows));
        return new TrainingPass(model)
                .distil(scope, ids, student.variant(), taught, teacher.intact().head(), loss, student.own());
    }
}
