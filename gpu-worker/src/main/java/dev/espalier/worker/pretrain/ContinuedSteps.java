package dev.espalier.worker.pretrain;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.monitoring.StepFields;
import dev.espalier.monitoring.meters.DeviceMeters.Phase;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.LearningRate;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

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
        List<int[][]> pieces = pieces(rows);
        boolean all = TokenTensors.isAllLearnt(rows);
        long first = LearntTokens.predicted(pieces.get(0));
        // The mean over all tokens that are learnt, however they fall on pieces.
        double share = first == 0 ? 1 : (double) first / LearntTokens.predicted(rows);
        try (NDManager scope = torch.scope()) {
            clock.start();
            TrainingPass.Step sum = pass(scope, student, pieces.get(0), all);
            Losses losses = losses(sum);
            for (int[][] piece : pieces.subList(1, pieces.size())) {
                try (NDManager temporary = torch.scope()) {
                    double ratio = (double) LearntTokens.predicted(piece) / first;
                    TrainingPass.Step more = pass(temporary, student, piece, all);
                    losses = losses.plus(losses(more).times(ratio));
                    torch.tensor(temporary, "accumulate", sum.weights(), more.weights(), ratio);
                }
            }
            losses = losses.times(share);
            // Adam would move the weights all the same, by what it remembers.
            boolean learns = first > 0;
            double loss = learns ? loss(losses) : Double.NaN;
            double norm = learns ? Double.NaN : 0;
            if (Double.isFinite(loss)) {
                if (pieces.size() > 1) {
                    torch.tensor(scope, "scale_all", sum.weights(), share);
                }
                norm = student.step(scope, sum, rate);
            }
            clock.end(Phase.OPTIMIZER);
            StepMetrics metrics = StepMetrics.of(
                            clock.stage(), step, (long) rows.length * rows[0].length, (System.nanoTime() - start) / 1e9)
                    .with(StepFields.LOSS, loss);
            if (teacher.isPresent()) {
                metrics = metrics.taughtBy(StepMetrics.INTACT)
                        .with(StepFields.LOSS_KL, learns ? losses.kl() : Double.NaN);
            }
            return metrics.with(StepFields.LEARNING_RATE, rate).with(StepFields.GRADIENT_NORM, norm);
        }
    }

    /** At least one; others only if something in them is learnt. */
    private List<int[][]> pieces(int[][] rows) {
        int size = pretrain.microBatch();
        List<int[][]> all = IntStream.range(0, rows.length / size)
                .mapToObj(at -> Arrays.copyOfRange(rows, at * size, (at + 1) * size))
                .toList();
        List<int[][]> learnt =
                all.stream().filter(piece -> LearntTokens.predicted(piece) > 0).toList();
        return learnt.isEmpty() ? all.subList(0, 1) : learnt;
    }

    /** @param all whether all of the batch is learnt, of which these rows are a piece */
    private TrainingPass.Step pass(NDManager scope, AllWeights student, int[][] rows, boolean all) {
        NDArray ids = TokenTensors.ids(torch, scope, rows);
        NDArray next = TokenTensors.nextTokens(torch, scope, rows);
        if (teacher.isEmpty()) {
            TrainingPass.Step out =
                    new TrainingPass(model).language(scope, ids, next, student.variant(), student.own());
            clock.endStudent(out.forward());
            return out;
        }
        NDList taught = teacher.get().hiddenStates(scope, ids, Variant.INTACT, false);
        clock.end(Phase.TEACHER);
        TrainingPass.Distillation loss = new TrainingPass.Distillation(
                pretrain.temperature(),
                pretrain.distill(),
                0,
                false,
                all ? Optional.empty() : Optional.of(TokenTensors.learntPositions(torch, scope, rows)));
        TrainingPass.Labels text = new TrainingPass.Labels(next, 1 - pretrain.distill());
        TrainingPass.Step out = new TrainingPass(model)
                .distil(scope, ids, student.variant(), taught, teacher.get().head(), loss, text, student.own());
        clock.endStudent(out.forward());
        return out;
    }

    private Losses losses(TrainingPass.Step out) {
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
