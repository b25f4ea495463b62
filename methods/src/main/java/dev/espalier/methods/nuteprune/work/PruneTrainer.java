package dev.espalier.methods.nuteprune.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.Expected;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.UniformShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.Optional;

/**
 * One NutePrune step after another (Li et al. 2024, arXiv 2402.09773; docs/methods/nuteprune.md): teacher forward,
 * student forward under drawn gates, distillation loss, backward, updates of LoRA factors, mask logits and, in
 * faithful mode, multipliers. The model's weights are shared by student and teachers and never move.
 */
public final class PruneTrainer {
    private static final double NO_BOUND = 1e6;

    private final Decoder model;
    private final Torch torch;
    private final RunConfig.Prune prune;
    private final GatePolicy gates;
    private final StepClock clock;

    public PruneTrainer(Decoder model, RunConfig config, PrunableShape shape, Optional<UniformShape> uniform) {
        this(model, config, shape, uniform, config.seed(), StepClock.silent());
    }

    /**
     * @param seed of the gates' noise
     * @param clock hears how long the parts of a step take
     */
    public PruneTrainer(
            Decoder model,
            RunConfig config,
            PrunableShape shape,
            Optional<UniformShape> uniform,
            long seed,
            StepClock clock) {
        this.model = model;
        this.torch = model.torch();
        this.prune = config.prune();
        this.gates = new GatePolicy(config, shape, uniform, seed);
        this.clock = clock;
    }

    /**
     * Takes one step; a step whose loss or gradient is not finite changes nothing and reports its loss.
     *
     * @param teacher the variant to learn from; {@code teacherName} is its word in the metrics
     * @param target expected sparsity wanted at this step, 0..1
     * @param rows [batch][length] ids of its tokens
     */
    public StepMetrics step(
            GatedStudent student, Variant teacher, String teacherName, int step, double target, int[][] rows) {
        long start = System.nanoTime();
        MaskLogits logits = student.masks();
        double rate = LearningRate.linear(prune.learningRate().lora(), step, 0, prune.gatedSteps());
        try (NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            RunConfig.Distillation loss = prune.distillation();
            clock.start();
            NDList taught = model.hiddenStates(scope, ids, teacher, loss.layers() != 0);
            // here, because a GPU is still busy with the teacher
            GatePolicy.Draw draw = gates.draw(logits.set(), step, target);
            clock.end(Phase.TEACHER);
            NDList masks = MaskTensors.upload(torch, scope, draw.sample().gates(), gates.shape());
            Variant variant = student.lora().variant(masks);
            clock.swapped();
            // The paper's KL is summed over positions and divided by the sequences: the per-token mean times S.
            double klWeight = prune.faithful() ? loss.kl() * rows[0].length : loss.kl();
            TrainingPass.Step out = new TrainingPass(model)
                    .distil(
                            scope,
                            ids,
                            variant,
                            taught,
                            model.head(),
                            new TrainingPass.Distillation(
                                    loss.temperature(),
                                    klWeight,
                                    loss.layers(),
                                    !prune.faithful(),
                                    TokenTensors.learnt(torch, scope, rows)),
                            Gradients.NONE);
            clock.endStudent(out.forward());
            double kl = out.losses().get(0).getFloat();
            double layers = out.losses().get(1).getFloat();
            double lagrangian = prune.faithful() ? student.lagrangian().loss(draw.sparsity(), target) : Double.NaN;
            double norm = Double.NaN;
            MaskSet gateGradient = MaskTensors.download(draw.sample().gates(), out.masks(), gates.shape());
            if (Double.isFinite(kl + layers)
                    && Arrays.stream(gateGradient.flat()).allMatch(Double::isFinite)) {
                norm = student.lora().step(scope, out.lora(), rate);
                if (Double.isFinite(norm)) {
                    updateMasks(student, logits, draw, gateGradient, target);
                    norm = student.lora().factors().isEmpty() ? norm(gateGradient.flat()) : norm;
                }
            }
            clock.end(Phase.OPTIMIZER);
            StepMetrics metrics = StepMetrics.of(clock.stage(), step, ids.size(), (System.nanoTime() - start) / 1e9)
                    .taughtBy(teacherName)
                    .with(StepFields.LOSS, kl + layers + (prune.faithful() ? lagrangian : 0));
            if (klWeight != 0) {
                metrics = metrics.with(StepFields.LOSS_KL, kl / klWeight);
            }
            if (loss.layers() != 0) {
                metrics = metrics.with(StepFields.LOSS_LAYERS, layers / loss.layers());
            }
            if (prune.faithful()) {
                metrics = metrics.with(StepFields.LOSS_LAGRANGIAN, lagrangian);
            }
            return metrics.with(StepFields.SPARSITY_EXPECTED, draw.sparsity())
                    .with(StepFields.SPARSITY_TARGET, target)
                    .with(StepFields.LEARNING_RATE, rate)
                    .with(StepFields.GRADIENT_NORM, norm)
                    .withKept(Expected.kept(draw.probabilities()));
        }
    }

    private void updateMasks(
            GatedStudent student, MaskLogits logits, GatePolicy.Draw draw, MaskSet gateGradient, double target) {
        double[] gradient = product(gateGradient.flat(), draw.sample().slope().flat());
        if (!prune.faithful()) {
            logits.step(logits.shape().withFlat(gradient), prune.learningRate().masks(), NO_BOUND);
            return;
        }
        double pull = student.lagrangian().slope(draw.sparsity(), target);
        double[] sparsitySlope = gates.expected().gradient(draw.probabilities()).flat();
        double[] alphas = logits.set().flat();
        for (int i = 0; i < gradient.length; i++) {
            gradient[i] += pull * sparsitySlope[i] * HardConcrete.activeSlope(alphas[i], HardConcrete.BETA);
        }
        logits.step(logits.shape().withFlat(gradient), prune.learningRate().masks(), HardConcrete.LOGIT_BOUND);
        student.lagrangian()
                .ascend(draw.sparsity(), target, prune.learningRate().multipliers());
    }

    private static double norm(double[] gradient) {
        return Math.sqrt(Arrays.stream(gradient).map(g -> g * g).sum());
    }

    private static double[] product(double[] a, double[] b) {
        double[] out = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            out[i] = a[i] * b[i];
        }
        return out;
    }

    /** Deterministic masks of a student version at its sparsity, as tensors of {@code scope}. */
    public NDList teacherMasks(NDManager scope, MaskSet logits, double sparsity) {
        return MaskTensors.upload(torch, scope, gates.teacher(logits, sparsity), gates.shape());
    }

    /** The masks that pruning ends with, at the exact budget. */
    public MaskSet finalMasks(MaskSet logits) {
        return gates.end(logits);
    }
}
