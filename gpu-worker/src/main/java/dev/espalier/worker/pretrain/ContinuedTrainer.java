package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.AdamW;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.SmallModel;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.training.Trainer;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.util.Optional;

/** Continued pre-training of the smaller model, which this holds open in memory of its own. */
public final class ContinuedTrainer implements Trainer<AllWeights> {
    private static final double EPSILON = 1e-8;

    private final Bench bench;
    private final Stage stage;
    private final RunConfig.Pretrain pretrain;
    private final SmallModel model;

    private ContinuedTrainer(Bench bench, Stage stage, SmallModel model) {
        this.bench = bench;
        this.stage = stage;
        this.pretrain = bench.config().pretrain();
        this.model = model;
    }

    /** @param first names the smaller model */
    public static ContinuedTrainer open(Bench bench, Assignment first) throws IOException {
        return new ContinuedTrainer(bench, first.key().stage(), SmallModel.open(bench, first, bench::loadToTrain));
    }

    @Override
    public Decoder model() {
        return model.decoder();
    }

    @Override
    public int batchSize() {
        return pretrain.batchSize();
    }

    @Override
    public AllWeights fresh(Work work) {
        model.fresh();
        return student();
    }

    @Override
    public AllWeights like(StudentFile version) {
        return student();
    }

    private AllWeights student() {
        PretrainConfig.Betas betas = pretrain.betas();
        AdamW.Settings optimizer = new AdamW.Settings(betas.first(), betas.second(), EPSILON, pretrain.weightDecay());
        return new AllWeights(model.toTrain(), optimizer, pretrain.clip(), pretrain.embeddings());
    }

    @Override
    public Steps<AllWeights> begin(NDManager scope, Work work) {
        Optional<Decoder> teacher = pretrain.distill() > 0 ? Optional.of(bench.intactForTraining()) : Optional.empty();
        ContinuedSteps steps = new ContinuedSteps(model.decoder(), teacher, pretrain, bench.clock(stage));
        return new Steps<>() {
            @Override
            public StepMetrics step(AllWeights student, int step, int[][] rows) {
                return steps.step(student, step, rows);
            }

            @Override
            public Variant shown(NDManager temporary, AllWeights student, StepMetrics last) {
                return student.variant();
            }
        };
    }

    @Override
    public void close() {
        model.close();
    }
}
