package dev.espalier.methods.benchmark;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.nuteprune.work.GatedStudent;
import dev.espalier.methods.nuteprune.work.PruneTrainer;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.SparsityController;
import dev.espalier.worker.model.Continuation;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.pretrain.LanguageTrainer;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntConsumer;

/** Times one path of a run, in turn with the matrix products that it cannot do without. */
public final class LimitsBenchmark {
    private static final int WARM_UPS = 2;
    private static final PretrainConfig.Shape SHAPE = StepBenchmark.SMOLLM2;
    private static final int VOCABULARY = StepBenchmark.VOCABULARY;

    private final Torch torch;
    private final Work work;

    /**
     * How much.
     *
     * @param batch sequences; @param length tokens of each
     * @param rounds that count, after two warm-ups
     * @param sparsity wanted at the gated step and of the teacher, 0..1
     */
    public record Work(int batch, int length, int rounds, double sparsity) {}

    /** Medians; @param limitSeconds NaN where no matrix product is needed; @param peakRssBytes 0 where unknown */
    public record Result(double seconds, double limitSeconds, long peakRssBytes) {}

    private LimitsBenchmark(Torch torch, Work work) {
        this.torch = torch;
        this.work = work;
    }

    public static Result measure(LimitsPath path, Work work) throws IOException {
        try (Torch torch = Torch.open("auto")) {
            return new LimitsBenchmark(torch, work).measure(path);
        }
    }

    private Result measure(LimitsPath path) throws IOException {
        RunSetup setup = RunSetup.open(torch, work.batch(), work.length() + rounds());
        return switch (path) {
            case GATED -> gated(setup);
            case RECOVERY -> recovery(setup);
            case WEIGHTS -> weights(setup);
            case FORWARD -> forward(setup);
            case TEACHER -> teacher(setup);
            case DECODE -> decode(setup);
            case CONTROLLER -> controller(setup);
        };
    }

    private int rounds() {
        return WARM_UPS + work.rounds();
    }

    private int tokens() {
        return work.batch() * work.length();
    }

    private GemmLimit limit() {
        return new GemmLimit(torch);
    }

    private Result gated(RunSetup setup) throws IOException {
        PruneTrainer trainer = setup.pruning();
        GatedStudent student = setup.gates();
        GemmLimit limit = limit().layers(SHAPE, tokens(), 2, 1, 0).head(SHAPE, VOCABULARY, tokens(), 2, 1, 0);
        return time(limit, i -> trainer.step(student, Variant.INTACT, "intact", i, work.sparsity(), setup.rows(i)));
    }

    private Result recovery(RunSetup setup) throws IOException {
        RunSetup.Recovery recovery = setup.recovery();
        GemmLimit limit = limit().layers(SHAPE, tokens(), 1, 0, 0)
                .layers(setup.smaller(), tokens(), 1, 1, 0)
                .lora(setup.smaller(), tokens(), RunSetup.loraRank())
                .head(SHAPE, VOCABULARY, tokens(), 2, 1, 0);
        return time(limit, i -> recovery.trainer().step(recovery.student(), i, setup.rows(i)));
    }

    private Result weights(RunSetup setup) throws IOException {
        LanguageTrainer trainer = StepBenchmark.pretraining(setup.model());
        GemmLimit limit = limit().layers(SHAPE, tokens(), 1, 1, 1).head(SHAPE, VOCABULARY, tokens(), 1, 1, 1);
        return time(limit, i -> trainer.step(rows(setup, i), 1e-4));
    }

    private Result forward(RunSetup setup) throws IOException {
        GemmLimit limit = limit().layers(SHAPE, tokens(), 1, 0, 0).head(SHAPE, VOCABULARY, tokens(), 1, 0, 0);
        return time(limit, i -> {
            try (NDManager scope = torch.scope()) {
                int[][] rows = rows(setup, i);
                NDArray ids = TokenTensors.ids(torch, scope, rows);
                NDArray labels = TokenTensors.nextTokens(torch, scope, rows);
                setup.model().tokenNll(scope, ids, labels, Variant.INTACT).toFloatArray();
            }
        });
    }

    private Result teacher(RunSetup setup) throws IOException {
        MaskSet masks = new DeterministicMasks(setup.prunable())
                .at(setup.logits(), work.sparsity(), Optional.empty(), work.sparsity());
        NDList gates = MaskTensors.upload(torch, torch.scope(), masks, setup.prunable());
        GemmLimit limit = limit().layers(SHAPE, tokens(), 1, 0, 0);
        return time(limit, i -> {
            try (NDManager scope = torch.scope()) {
                NDArray ids = TokenTensors.ids(torch, scope, rows(setup, i));
                setup.model()
                        .hiddenStates(scope, ids, new Variant(gates, new NDList(), 0), false)
                        .get(0)
                        .sum()
                        .getFloat();
            }
        });
    }

    private Result decode(RunSetup setup) throws IOException {
        GemmLimit limit = limit().layers(SHAPE, 1, 1, 0, 0).head(SHAPE, VOCABULARY, 1, 1, 0, 0);
        int[] prompt = Arrays.copyOf(setup.rows(0)[0], work.length());
        try (Continuation text = new Continuation(setup.model(), prompt, work.length() + rounds())) {
            return time(
                    limit,
                    i -> text.append(Math.toIntExact(text.logits().argMax().getLong())));
        }
    }

    private Result controller(RunSetup setup) throws IOException {
        SparsityController controller = new SparsityController(setup.prunable(), Optional.empty(), work.sparsity());
        MaskSet logits = setup.logits();
        return time(limit(), i -> controller.project(logits, work.sparsity(), HardConcrete.BETA));
    }

    private int[][] rows(RunSetup setup, int round) {
        return Arrays.stream(setup.rows(round))
                .map(row -> Arrays.copyOf(row, work.length()))
                .toArray(int[][]::new);
    }

    private Result time(GemmLimit limit, IntConsumer path) throws IOException {
        double[] ours = new double[work.rounds()];
        double[] limits = new double[work.rounds()];
        try (limit) {
            for (int i = 0; i < WARM_UPS; i++) {
                path.accept(i);
            }
            // before the limit's operands take memory of their own
            long peak = StepBenchmark.peakRss();
            limit.run();
            for (int i = 0; i < work.rounds(); i++) {
                int round = i + WARM_UPS;
                ours[i] = seconds(() -> path.accept(round));
                limits[i] = seconds(limit::run);
            }
            return new Result(median(ours), limit.isEmpty() ? Double.NaN : median(limits), peak);
        }
    }

    private static double seconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
