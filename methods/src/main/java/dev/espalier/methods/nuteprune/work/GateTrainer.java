package dev.espalier.methods.nuteprune.work;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.FeltGates;
import dev.espalier.methods.gates.InitialLogits;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.methods.nuteprune.GateOrder;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.Gone;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.Trainer;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Slices under gates, over the intact model. */
final class GateTrainer implements Trainer<GatedStudent> {
    private final Bench bench;
    private final Stage stage;
    private final RunConfig.Prune prune;

    GateTrainer(Bench bench, Assignment first) {
        this.bench = bench;
        this.stage = first.key().stage();
        this.prune = bench.config().prune();
        FeltGates.require(bench.folder().config(), bench.shape());
    }

    @Override
    public Decoder model() {
        return bench.intactForTraining();
    }

    @Override
    public int batchSize() {
        return prune.batchSize();
    }

    @Override
    public GatedStudent fresh(Work work) throws IOException {
        MaskLogits logits = startLogits(work);
        // What factors would learn before the cut, the re-fit would undo.
        Lora lora = prune.refit() ? Lora.none(model()) : Lora.fresh(model(), prune.lora(), bench.seed(stage));
        return GatedStudent.fresh(lora, logits);
    }

    @Override
    public GatedStudent like(StudentFile version) {
        return GatedStudent.like(version, model(), prune.lora().scale());
    }

    private MaskLogits startLogits(Work work) throws IOException {
        if (prune.initialiseFrom().isEmpty() && prune.faithful()) {
            return MaskLogits.published(bench.shape(), bench.seed(stage));
        }
        Gone gone = bench.gone();
        MaskLogits start = prune.initialiseFrom().isPresent()
                ? InitialLogits.fromScores(
                        gone.live(bench.scores(work, prune.initialiseFrom().get())))
                : InitialLogits.equal(gone.live(bench.shape().filled(0)));
        return MaskLogits.start(gone.back(start.set(), Gone.LOGIT));
    }

    @Override
    public Steps<GatedStudent> begin(NDManager scope, Work work) throws IOException {
        PruneTrainer trainer = new PruneTrainer(
                model(), bench.config(), bench.shape(), bench.uniform(), bench.gateSeed(stage), bench.clock(stage));
        GateOrder order = GateOrder.read(work.order());
        Optional<BlobRef> snapshot = work.reads().blob(GateOrder.TEACHER);
        Variant teacher =
                snapshot.isPresent() ? teacher(scope, trainer, snapshot.get(), order.teacher()) : Variant.INTACT;
        String word = snapshot.isPresent() ? Integer.toString(order.teacher()) : "intact";
        return new Steps<>() {
            @Override
            public StepMetrics step(GatedStudent student, int step, int[][] rows) {
                double target = order.targets().get(step - work.slice().firstStep());
                StepMetrics metrics = trainer.step(student, teacher, word, step, target, rows);
                if (!prune.faithful()) {
                    return metrics;
                }
                float[] multipliers = student.lagrangian().multipliers();
                return metrics.with("multiplier.linear", multipliers[0]).with("multiplier.quadratic", multipliers[1]);
            }

            @Override
            public Variant shown(NDManager temporary, GatedStudent student, StepMetrics last) {
                NDList masks = trainer.teacherMasks(
                        temporary, student.masks().set(), last.value(StepFields.SPARSITY_EXPECTED));
                return student.lora().variant(masks);
            }
        };
    }

    /** @param percent sparsity of the snapshot */
    private Variant teacher(NDManager scope, PruneTrainer trainer, BlobRef snapshot, int percent) throws IOException {
        Path file = bench.files().path(snapshot);
        try (StudentFile version = StudentFile.open(file)) {
            NDList masks = trainer.teacherMasks(scope, MaskLogits.read(version), percent / 100.0);
            NDList factors = LoraFactors.read(version, scope, model());
            return new Variant(masks, factors, prune.lora().scale());
        }
    }
}
