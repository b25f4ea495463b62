package dev.espalier.methods.sheared.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.Expected;
import dev.espalier.methods.sheared.ShapeRule;
import dev.espalier.methods.sheared.ShearedKeys;
import dev.espalier.methods.sheared.ShearedSettings;
import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.masks.ExpectedSparsity;
import dev.espalier.worker.masks.GateSample;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.training.TokenTensors;
import dev.espalier.worker.work.Bench;
import java.util.Arrays;
import java.util.Map;

/**
 * One step after another of targeted pruning (Xia et al. 2023, arXiv 2310.06694; docs/methods/sheared.md): cross-entropy of
 * the text under drawn gates, and the shape's penalties; down for weights and logits, up for multipliers.
 */
final class ShearedSteps {
    /** Of all rates, linearly: a tenth of the steps; then a cosine down to a tenth. */
    private static final double RISE = 0.1;

    private static final double LAST = 0.1;

    private final Decoder model;
    private final Torch torch;
    private final RunConfig config;
    private final long seed;
    private final ShearedSettings settings;
    private final PrunableShape shape;
    private final ShapeConstraint constraint;
    private final StepClock clock;
    private final double sparsity;

    ShearedSteps(Decoder model, Bench bench, Stage stage) {
        this(model, bench.config(), bench.shape(), bench.folder().config(), bench.gateSeed(stage), bench.clock(stage));
    }

    /**
     * @param intact what is pruned
     * @param seed of the gates' noise
     */
    ShearedSteps(Decoder model, RunConfig config, PrunableShape shape, LlamaConfig intact, long seed, StepClock clock) {
        this.model = model;
        this.torch = model.torch();
        this.config = config;
        this.seed = seed;
        this.settings = ShearedKeys.of(config);
        this.shape = shape;
        this.clock = clock;
        ModelShape before = intact.shape();
        ModelShape end = new ShapeRule(config, before, intact::parameters).shape();
        this.sparsity = 1 - (double) end.prunable() / before.prunable();
        double warmup = settings.warmup() * config.prune().steps();
        this.constraint = new ShapeConstraint(new ShapeRows(shape, end), settings.faithful(), warmup);
    }

    /**
     * Takes one step; one whose loss or gradient is not finite changes nothing, and one in which no text is learnt the gates alone.
     *
     * @param rows [batch][length] ids of its tokens
     */
    StepMetrics step(ShearedStudent student, int step, int[][] rows) {
        long start = System.nanoTime();
        int steps = config.prune().steps();
        double pace = LearningRate.cosine(1, LAST, step, (int) Math.round(RISE * steps), steps);
        MaskSet logits = student.masks().set();
        MaskSet probabilities = logits.map(a -> HardConcrete.active(a, HardConcrete.BETA));
        double expected = new ExpectedSparsity(shape).of(probabilities);
        try (NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            NDArray next = TokenTensors.nextTokens(torch, scope, rows);
            clock.start();
            GateSample sample = GateSample.draw(logits, HardConcrete.BETA, seed, step);
            NDList masks = MaskTensors.upload(torch, scope, sample.gates(), shape);
            TrainingPass.Step out = new TrainingPass(model)
                    .language(
                            scope,
                            ids,
                            next,
                            student.variant(masks),
                            student.tuning().own());
            clock.endStudent(out.forward());
            double text = out.losses().get(0).getFloat();
            double penalty = constraint.loss(student.multipliers(), logits, step);
            MaskSet gateGradient = MaskTensors.download(sample.gates(), out.masks(), shape);
            boolean learns = LearntTokens.predicted(rows) > 0;
            double norm = Double.NaN;
            if (Double.isFinite(text) && Arrays.stream(gateGradient.flat()).allMatch(Double::isFinite)) {
                norm = learns ? student.tuning().step(scope, out, pace * settings.weightsRate()) : 0;
                if (Double.isFinite(norm)) {
                    gates(student, logits, step, gateGradient.times(sample.slope()), pace);
                }
            }
            clock.end(Phase.OPTIMIZER);
            StepMetrics metrics = StepMetrics.of(clock.stage(), step, ids.size(), (System.nanoTime() - start) / 1e9)
                    .with(StepFields.LOSS, learns ? text + penalty : Double.NaN)
                    .with(StepFields.LOSS_LAGRANGIAN, penalty)
                    .with(StepFields.SPARSITY_EXPECTED, expected)
                    .with(StepFields.SPARSITY_TARGET, sparsity * constraint.risen(step))
                    .with(StepFields.LEARNING_RATE, pace * settings.weightsRate())
                    .with(StepFields.GRADIENT_NORM, norm);
            for (Map.Entry<String, Double> told :
                    constraint.told(student.multipliers(), logits, step).entrySet()) {
                metrics = metrics.with(told.getKey(), told.getValue());
            }
            return metrics.withKept(Expected.kept(probabilities));
        }
    }

    /** @param gradient of the text's loss by the logits; changed */
    private void gates(ShearedStudent student, MaskSet logits, int step, MaskSet gradient, double pace) {
        constraint.addGradient(student.multipliers(), logits, step, gradient);
        student.masks().step(gradient, pace * settings.masksRate(), HardConcrete.LOGIT_BOUND);
        constraint.ascend(
                student.multipliers(),
                logits,
                step,
                pace * settings.multipliersRate(config.prune().steps()));
    }
}
