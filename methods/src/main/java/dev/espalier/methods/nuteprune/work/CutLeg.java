package dev.espalier.methods.nuteprune.work;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.InitialLogits;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.compensation.RefittedUnits;
import dev.espalier.worker.compensation.Surgeon;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.masks.Gone;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.PrunedModel;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The end of the prune stage: masks fixed at the exact budget, the model really smaller. */
record CutLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        RunConfig config = bench.config();
        PrunableShape shape = bench.shape();
        Path student = bench.files().verify(work.reads().version().orElseThrow());
        boolean refit = config.prune().refit();
        Decoder intact = refit ? bench.intactByLayers() : bench.intact();
        PruneTrainer trainer = new PruneTrainer(intact, config, shape, bench.uniform());
        Path target = bench.path(work.writes().orElseThrow());
        double scale = config.prune().lora().scale();
        try (NDManager scope = bench.torch().scope();
                StudentFile version = StudentFile.open(student)) {
            MaskSet logits = MaskLogits.read(version);
            MaskSet gates = trainer.finalMasks(logits);
            NDList lora = LoraFactors.read(version, scope, intact);
            KeptUnits units = refit ? refitted(work, gates, logits) : new MaskedUnits(shape, gates);
            Compactor.Result pruned = new Compactor(intact, shape)
                    .write(
                            refit ? bench.calibrationRows() : new int[0][],
                            units,
                            gates.hidden(),
                            lora,
                            scale,
                            Compactor.shapes(shape, gates),
                            config.model().path(),
                            target,
                            layer -> reporter.progressed(layer, shape.layers(), "layers pruned"));
            if (!refit) {
                NDList masks = MaskTensors.upload(bench.torch(), scope, gates, shape);
                LogitsCheck.compare(intact, new Variant(masks, lora, scale), target, true);
            }
            return new PrunedModel(bench).result(assignment.key(), pruned, target);
        }
    }

    /**
     * The gates learnt without knowing what a re-fit can make good. So where they started from the closed form's costs, what
     * they learnt corrects these, and the surgeon chooses again; elsewhere their choice stands.
     */
    private KeptUnits refitted(Work work, MaskSet gates, MaskSet logits) throws IOException {
        RunConfig config = bench.config();
        PrunableShape shape = bench.shape();
        double damping = config.calibrate().damping();
        boolean countsFix = !shape.masks(Granularity.HEADS) || shape.headUnit() == HeadUnit.GROUP;
        if (countsFix && config.prune().initialiseFrom().equals(Optional.of("obs"))) {
            Gone gone = bench.gone();
            MaskSet learnt = InitialLogits.corrections(gone.live(bench.scores(work, "obs")), gone.live(logits));
            // What is gone costs nothing, and nothing times anything is nothing.
            MaskSet corrections = gone.back(learnt, 1);
            return new Surgeon(bench.torch(), shape, gates, corrections, Optional.empty(), damping);
        }
        return new RefittedUnits(new MaskedUnits(shape, gates), bench.torch(), shape, damping);
    }
}
