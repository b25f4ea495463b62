package dev.espalier.worker;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.compensation.RefittedUnits;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.nuteprune.PruneTrainer;
import dev.espalier.worker.training.StudentFile;
import java.io.IOException;
import java.nio.file.Path;

/** The end of the prune stage: masks fixed at the exact budget, the model really smaller. */
record CompactWork(RunSession session) {

    WorkResult run(AssignmentKey key, Work.Compact work, Reporter reporter) throws IOException {
        RunConfig config = session.config();
        PrunableShape shape = session.shape();
        Path student = session.files().verify(work.student());
        PruneTrainer trainer =
                new PruneTrainer(session.intact(), config, shape, session.uniform(), session.sequences()::batch);
        boolean refit = config.prune().refit();
        Path target = session.path(work.target());
        double scale = config.prune().lora().alpha() / config.prune().lora().rank();
        try (NDManager scope = session.torch().scope();
                SafetensorsReader reader = SafetensorsReader.open(student)) {
            MaskSet gates = trainer.finalMasks(StudentFile.logits(reader));
            NDList lora = StudentFile.factors(reader, session.torch(), scope, session.intact());
            KeptUnits units = new MaskedUnits(shape, gates);
            if (refit) {
                units = new RefittedUnits(
                        units, session.torch(), shape, config.calibrate().damping());
            }
            Compactor.Result pruned = new Compactor(session.intact(), shape)
                    .write(
                            refit ? session.calibrationRows() : new int[0][],
                            units,
                            gates.hidden(),
                            lora,
                            scale,
                            Compactor.shapes(shape, gates),
                            config.model().path(),
                            target,
                            layer -> reporter.progressed(layer, shape.layers(), "layers pruned"));
            if (!refit) {
                NDList masks = MaskTensors.upload(session.torch(), scope, gates, shape.queryHeadsPerUnit());
                LogitsCheck.compare(session.intact(), new Variant(masks, lora, scale), target, true);
            }
            return new PrunedModel(session).result(key, pruned, target);
        }
    }
}
