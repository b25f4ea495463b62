package dev.espalier.worker.stage;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Objective;
import dev.espalier.worker.recovery.Lesson;
import dev.espalier.worker.recovery.SmallModelTrainer;
import dev.espalier.worker.training.TrainingLeg;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Steps of the recover stage: LoRA on the smaller model, or all of its weights, towards the intact one or the text. */
final class RecoverLeg {
    private RecoverLeg() {}

    static LegWork open(Bench bench, Assignment first) throws IOException {
        RunConfig config = bench.config();
        Lesson lesson = Lesson.recovery(first.key().stage(), config.recover());
        boolean distils = config.recover().objective() == Objective.DISTILL;
        List<Path> choices = config.recover().choices();
        return new TrainingLeg<>(
                bench,
                choices.isEmpty()
                        ? SmallModelTrainer.open(
                                bench, first, lesson, config.recover().factors(), distils)
                        : SmallModelTrainer.open(
                                bench, first, lesson, config.recover().factors(), choices));
    }
}
