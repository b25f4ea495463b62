package dev.espalier.worker;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.RunConfig.Metric;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.compensation.RefittedUnits;
import dev.espalier.worker.compensation.Surgeon;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.nuteprune.InitialLogits;
import dev.espalier.worker.nuteprune.PruneTrainer;
import dev.espalier.worker.training.StudentFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The end of the prune stage: masks fixed at the exact budget, the model really smaller. */
record CompactWork(RunSession session) {

    WorkResult run(AssignmentKey key, Work work, Reporter reporter) throws IOException {
        RunConfig config = session.config();
        PrunableShape shape = session.shape();
        Path student = session.files().verify(work.reads().version().orElseThrow());
        PruneTrainer trainer =
                new PruneTrainer(session.intact(), config, shape, session.uniform(), session.sequences()::batch);
        boolean refit = config.prune().refit();
        Path target = session.path(work.writes().orElseThrow());
        double scale = config.prune().lora().alpha() / config.prune().lora().rank();
        try (NDManager scope = session.torch().scope();
                SafetensorsReader reader = SafetensorsReader.open(student)) {
            MaskSet logits = StudentFile.logits(reader);
            MaskSet gates = trainer.finalMasks(logits);
            NDList lora = StudentFile.factors(reader, session.torch(), scope, session.intact());
            KeptUnits units = refit ? refitted(work, gates, logits) : new MaskedUnits(shape, gates);
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

    /**
     * The gates learnt without knowing what a re-fit can make good. So where they started from the closed form's costs, what
     * they learnt corrects these, and the surgeon chooses again; elsewhere their choice stands.
     */
    private KeptUnits refitted(Work work, MaskSet gates, MaskSet logits) throws IOException {
        RunConfig config = session.config();
        PrunableShape shape = session.shape();
        double damping = config.calibrate().damping();
        boolean countsFix = !shape.masks(Granularity.HEADS) || shape.headUnit() == HeadUnit.GROUP;
        if (countsFix && config.prune().initialiseFrom().equals(Optional.of(Metric.OBS))) {
            Optional<Path> calibration = work.reads()
                            .blob(Work.Reads.CALIBRATION)
                            .isPresent()
                    ? Optional.of(session.files()
                            .verify(work.reads().blob(Work.Reads.CALIBRATION).get()))
                    : Optional.empty();
            MaskSet corrections = InitialLogits.corrections(session.scores(calibration, "obs"), logits);
            return new Surgeon(session.torch(), shape, gates, corrections, damping);
        }
        return new RefittedUnits(new MaskedUnits(shape, gates), session.torch(), shape, damping);
    }
}
