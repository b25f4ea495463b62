package dev.espalier.methods.sheared.work;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.FeltGates;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.methods.sheared.ShearedKeys;
import dev.espalier.methods.sheared.ShearedSettings;
import dev.espalier.methods.sheared.Trained;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.AdamW;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.Trainer;
import dev.espalier.worker.training.Tuning;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.util.Optional;

/** Slices of weights and gates that are trained together. */
final class ShearedTrainer implements Trainer<ShearedStudent> {
    /** The authors'. */
    static final AdamW.Settings OPTIMIZER = new AdamW.Settings(0.9, 0.95, 1e-8, 0);

    static final double MAX_NORM = 1;

    private final Bench bench;
    private final Stage stage;
    private final RunConfig.Prune prune;
    private final ShearedSettings settings;
    private Decoder own;

    /** Whether its weights may be others than the intact model's. */
    private boolean changed;

    ShearedTrainer(Bench bench, Assignment first) {
        this.bench = bench;
        this.stage = first.key().stage();
        this.prune = bench.config().prune();
        this.settings = ShearedKeys.of(bench.config());
        FeltGates.require(bench.folder().config(), bench.shape());
    }

    /** The intact model, or where all weights are trained, one that begins with its weights. */
    @Override
    public Decoder model() {
        if (!settings.train().ofWeights()) {
            return bench.intactForTraining();
        }
        if (own == null) {
            // Never two copies of a model.
            bench.releaseIntact();
            own = bench.loadToTrain(bench.folder());
        }
        return own;
    }

    @Override
    public int batchSize() {
        return prune.batchSize();
    }

    @Override
    public ShearedStudent fresh(Work work) throws IOException {
        if (changed) {
            own.close();
            own = null;
            changed = false;
        }
        Optional<MaskSet> scores = Optional.empty();
        if (prune.initialiseFrom().isPresent()) {
            scores = Optional.of(bench.scores(work, prune.initialiseFrom().get()));
        }
        MaskLogits logits = StartLogits.of(bench.shape(), scores);
        Tuning tuning =
                switch (settings.train()) {
                    case ALL_WEIGHTS, LAYERS -> allWeights();
                    case LORA -> Lora.fresh(model(), prune.lora(), bench.seed(stage));
                    case NOTHING -> Lora.none(model());
                };
        return ShearedStudent.of(tuning, logits);
    }

    @Override
    public ShearedStudent like(StudentFile version) {
        MaskLogits logits = MaskLogits.like(version);
        Tuning tuning = settings.train().ofWeights()
                ? allWeights()
                : Lora.like(version, model(), prune.lora().scale());
        return ShearedStudent.of(tuning, logits);
    }

    private AllWeights allWeights() {
        changed = true;
        return new AllWeights(model(), OPTIMIZER, MAX_NORM, settings.train() == Trained.ALL_WEIGHTS);
    }

    @Override
    public Steps<ShearedStudent> begin(NDManager scope, Work work) {
        ShearedSteps steps = new ShearedSteps(model(), bench, stage);
        return new Steps<>() {
            @Override
            public StepMetrics step(ShearedStudent student, int step, int[][] rows) {
                return steps.step(student, step, rows);
            }

            /** Under as many gates as are expected to be open, not yet as many as shall be. */
            @Override
            public Variant shown(NDManager temporary, ShearedStudent student, StepMetrics last) {
                MaskSet gates = DeterministicMasks.soft(student.masks().set());
                NDList masks = MaskTensors.upload(bench.torch(), temporary, gates, bench.shape());
                return student.variant(masks);
            }
        };
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
