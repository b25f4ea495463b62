package dev.espalier.worker.stage;

import dev.espalier.protocol.Assignment;
import dev.espalier.worker.pretrain.ContinuedTrainer;
import dev.espalier.worker.training.TrainingLeg;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import java.io.IOException;

/** Steps of the pretrain stage: all weights of the smaller model, by the text, by the intact model, or by both. */
final class PretrainLeg {
    private PretrainLeg() {}

    static LegWork open(Bench bench, Assignment first) throws IOException {
        return new TrainingLeg<>(bench, ContinuedTrainer.open(bench, first));
    }
}
