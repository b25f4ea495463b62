package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.Optional;

/**
 * Steps of continued pre-training (docs/methods/pretrain.md): cross-entropy of the text, KL divergence from the intact
 * model, or shares of both; a batch goes through the model in pieces whose gradients are added up.
 */
final class ContinuedSteps {
    private final Decoder model;
    private final Torch torch;
    private final Optional<Decoder> teacher;
    private final RunConfig.Pretrain pretrain;
    private final StepClock clock;

    /** @param teacher the intact model; empty: the text alone teaches */
    ContinuedSteps(Decoder model, Optional<Decoder> teacher, RunConfig.Pretrain pretrain, StepClock clock) {
        this.model = model;
        this.torch = model.torch();
        this.teacher = teacher;
        this.pretrain = pretrain;
        this.clock = clock;
    }

    /** What was lost, in nats per token: {@code language} NaN where the text does not count, {@code kl} without a teacher. */
    private record Losses(double language, double kl) {
        Losses plus(Losses other) {
            return new Losses(language + other.language, kl + other.kl);
        }

        Losses times(double share) {
            return new Losses(share * language, share * kl);
        }
    }

    /**
     * Takes one step; one whose loss or gradient is not finite changes nothing.
     *
     * @param rows [batch][length] ids of its tokens
     */
    StepMetrics step(AllWeights student, int step, int[][] rows) {
        long start = System.nanoTime();
        double rate = LearningRate.cosine(
                pretrain.rates().peak(),
                pretrain.rates().last(),
                step,
                pretrain.rates().warmupSteps(),
                pretrain.steps());
        int pieces = rows.length / pretrain.microBatch();
        try (NDManager scope = torch.scope()) {
            clock.start();
            Decoder.Step sum = pass(scope, student, piece(rows, 0));
            Losses losses = losses(sum);
            for (int i = 1; i < pieces; i++) {
                try (NDManager temporary = torch.scope()) {
                    Decoder.Step more = pass(temporary, student, piece(rows, i));
                    losses = losses.plus(losses(more));
                    torch.tensor(temporary, "accumulate", sum.weights(), more.weights());
                }
            }
            losses = losses.times(1.0 / pieces);
            double loss = loss(losses);
            double norm = Double.NaN;
            if (Double.isFinite(loss)) {
                if (pieces > 1) {
                    torch.tensor(scope, "scale_all", sum.weights(), 1.0 / pieces);
                }
                norm = student.step(scope, sum, rate);
            }
            clock.end(Phase.OPTIMIZER);
            StepMetrics metrics = StepMetrics.of(
                            clock.stage(), step, (long) rows.length * rows[0].length, (System.nanoTime() - start) / 1e9)
                    .with(StepFields.LOSS, loss);
            if (teacher.isPresent()) {
                metrics = metrics.taughtBy(StepMetrics.INTACT).with(StepFields.LOSS_KL, losses.kl());
            }
            return metrics.with(StepFields.LEARNING_RATE, rate).with(StepFields.GRADIENT_NORM, norm);
        }
    }

    private int[][] piece(int[][] rows, int at) {
        int size = pretrain.microBatch();
        return Arrays.copyOfRange(rows, at * size, (at + 1) * size);
    }

    private Decoder.Step pass(NDManager scope, AllWeights student, int[][] rows) {
        NDArray ids = TokenTensors.ids(torch, scope, rows);
        NDArray next = TokenTensors.nextTokens(torch, scope, rows);
        if (teacher.isEmpty()) {
            Decoder.Step out = model.languageStep(scope, ids, next, student.variant(), student.own());
            clock.endStudent(out.forward());
            return out;
        }
        NDList taught = teacher.get().hiddenStates(scope, ids, Variant.INTACT, false);
        clock.end(Phase.TEACHER);
        Decoder.Distillation loss = new Decoder.Distillation(
                pretrain.temperature(), pretrain.distill(), 0, false, TokenTensors.learnt(torch, scope, rows));
        Decoder.Labels text = new Decoder.Labels(next, 1 - pretrain.distill());
        Decoder.Step out = model.distillStep(
                scope, ids, student.variant(), taught, teacher.get().head(), loss, text, student.own());
        clock.endStudent(out.forward());
        return out;
    }

    private Losses losses(Decoder.Step out) {
        if (teacher.isEmpty()) {
            return new Losses(out.losses().get(0).getFloat(), Double.NaN);
        }
        // The kernel's divergence has its weight in it, which may be small but is not 0 here.
        double kl = out.losses().get(0).getFloat() / pretrain.distill();
        return new Losses(
                pretrain.distill() == 1 ? Double.NaN : out.losses().get(2).getFloat(), kl);
    }

    private double loss(Losses losses) {
        double text = Double.isNaN(losses.language()) && pretrain.distill() == 1 ? 0 : losses.language();
        return teacher.isEmpty() ? text : pretrain.distill() * losses.kl() + (1 - pretrain.distill()) * text;
    }
}
