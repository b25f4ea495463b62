package dev.espalier.worker.recovery;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.worker.evaluation.LearntQuestions;
import dev.espalier.worker.evaluation.LearntQuestions.Question;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.training.Tuning;
import java.util.List;

/**
 * Training of the smaller model on questions (Yuan et al., Why Lift so Heavy?, arXiv 2402.11700): a choice's score is the sum
 * of its tokens' log-probabilities after the query, the loss the cross-entropy of the right choice among the choices.
 */
final class ChoiceTrainer {
    private static final String RIGHT = "choices.right";
    private static final String HELD_OUT_LOSS = "loss.choices-held-out";
    private static final String HELD_OUT_RIGHT = "choices.right-held-out";

    private final Decoder model;
    private final LearntQuestions questions;
    private final Lesson lesson;
    private final StepClock clock;

    ChoiceTrainer(Decoder model, LearntQuestions questions, Lesson lesson, StepClock clock) {
        this.model = model;
        this.questions = questions;
        this.lesson = lesson;
        this.clock = clock;
    }

    /** As {@link RecoverTrainer#step}; ten times while the model is trained, and at its end, questions that are kept out are asked. */
    StepMetrics step(Tuning student, int step) {
        long start = System.nanoTime();
        int steps = lesson.lastStep() - lesson.firstStep();
        double rate = LearningRate.linear(lesson.peakRate(), step - lesson.firstStep(), lesson.warmupSteps(), steps);
        StepMetrics metrics;
        try (NDManager scope = model.torch().scope()) {
            TrainingPass.Choosing batch =
                    ChoiceRows.of(model.torch(), scope, questions.batch(step, lesson.batchSize()));
            clock.start();
            TrainingPass.Step out = new TrainingPass(model).choices(scope, batch, student.variant(), student.own());
            clock.endStudent(out.forward());
            double loss = out.losses().get(0).getFloat();
            double norm = Double.isFinite(loss) ? student.step(scope, out, rate) : Double.NaN;
            clock.end(Phase.OPTIMIZER);
            metrics = StepMetrics.of(lesson.stage(), step, batch.ids().size(), (System.nanoTime() - start) / 1e9)
                    .with(StepFields.LOSS, loss)
                    .with(RIGHT, out.losses().get(1).getFloat())
                    .with(StepFields.LEARNING_RATE, rate)
                    .with(StepFields.GRADIENT_NORM, norm);
        }
        int taken = step + 1 - lesson.firstStep();
        return taken % Math.max(1, steps / 10) == 0 || taken == steps ? asked(student, metrics) : metrics;
    }

    private StepMetrics asked(Tuning student, StepMetrics metrics) {
        List<Question> heldOut = questions.heldOut();
        double loss = 0;
        double right = 0;
        for (int from = 0; from < heldOut.size(); from += lesson.batchSize()) {
            List<Question> some = heldOut.subList(from, Math.min(heldOut.size(), from + lesson.batchSize()));
            try (NDManager scope = model.torch().scope()) {
                NDList found = new TrainingPass(model)
                        .choiceLosses(scope, ChoiceRows.of(model.torch(), scope, some), student.variant());
                loss += found.get(0).getFloat() * some.size();
                right += found.get(1).getFloat() * some.size();
            }
        }
        return metrics.with(HELD_OUT_LOSS, loss / heldOut.size()).with(HELD_OUT_RIGHT, right / heldOut.size());
    }
}
