package dev.espalier.methods.sheared.work;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.methods.sheared.ShapeRule;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.PrunedModel;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;
import java.nio.file.Path;

/** The end of the prune stage: of each row the units with the largest logits, as many as the shape says, folded. */
record CutLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        Path target = bench.path(work.writes().orElseThrow());
        try (StudentFile version =
                StudentFile.open(bench.files().verify(work.reads().version().orElseThrow()))) {
            if (!AllWeights.areIn(version)) {
                return cut(assignment, reporter, bench.intact(), version, target);
            }
            bench.releaseIntact();
            try (Decoder trained = bench.loadToTrain(bench.folder())) {
                AllWeights.read(version, trained);
                return cut(assignment, reporter, trained, version, target);
            }
        }
    }

    private WorkResult cut(Assignment assignment, Reporter reporter, Decoder model, StudentFile version, Path target)
            throws IOException {
        PrunableShape shape = bench.shape();
        LlamaConfig intact = bench.folder().config();
        ModelShape end = new ShapeRule(bench.config(), intact.shape(), intact::parameters).shape();
        MaskSet gates = new ShapeRows(shape, end).masks(MaskLogits.read(version));
        double scale = bench.config().prune().lora().scale();
        try (NDManager scope = bench.torch().scope()) {
            NDList lora = AllWeights.areIn(version) ? new NDList() : LoraFactors.read(version, scope, model);
            Compactor.Result left = new Compactor(model, shape)
                    .write(
                            new int[0][],
                            new MaskedUnits(shape, gates),
                            gates.hidden(),
                            lora,
                            scale,
                            Compactor.shapes(shape, gates),
                            bench.config().model().path(),
                            target,
                            layer -> reporter.progressed(layer, shape.layers(), "layers pruned"));
            if (!left.config().isUniform() || !left.config().shape().equals(end)) {
                throw new IllegalStateException("the cut left " + left.config().shape() + " instead of " + end);
            }
            NDList masks = MaskTensors.upload(bench.torch(), scope, gates, shape);
            LogitsCheck.compare(model, new Variant(masks, lora, scale), target, true);
            return new PrunedModel(bench).result(assignment.key(), left, target);
        }
    }
}
