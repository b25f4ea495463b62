package dev.espalier.worker.benchmark;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.MaskLogits;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.nuteprune.PruneTrainer;
import dev.espalier.worker.pretrain.FullTrainer;
import dev.espalier.worker.pretrain.NewModel;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.Student;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Time and memory of one training step at the shape of SmolLM2-135M with random weights, 4x128 tokens, as
 * {@code benchmarks/} compares them with a peer's.
 */
public final class StepBenchmark {
    private static final int WARM_UPS = 2;
    private static final int STEPS = 8;
    private static final int BATCH = 4;
    private static final int LENGTH = 128;
    private static final int VOCABULARY = 49152;
    private static final PretrainConfig.Shape SMOLLM2 =
            new PretrainConfig.Shape(30, 576, 9, 3, 64, 1536, true, 8192, 100000, 1e-5);

    /** @param secondsPerStep median; @param peakRssBytes of the whole process, 0 where the system does not tell */
    public record Result(double secondsPerStep, long peakRssBytes) {}

    private StepBenchmark() {}

    /** A NutePrune step as published: LoRA on q and v, masks on heads, FFN and hidden channels, KL and layer loss. */
    public static Result nuteprune() throws IOException {
        try (Torch torch = Torch.open("auto")) {
            LlamaConfig config = NewModel.config(SMOLLM2, VOCABULARY, 0);
            NDManager owner = torch.scope();
            NDList weights = NewModel.weights(torch, owner, config, 1);
            try (Decoder model = Decoder.of(torch, owner, config, weights, LENGTH, false)) {
                RunConfig.Prune prune = published();
                PrunableShape shape =
                        new PrunableShape(30, 576, 9, 3, 64, 1536, prune.granularity(), HeadUnit.QUERY, true);
                NDManager factors = torch.scope();
                Student student = Student.fresh(
                        model,
                        factors,
                        LoraFactors.fresh(factors, model, prune.lora(), 1),
                        1,
                        Optional.of(MaskLogits.published(shape, 1)));
                RunConfig run =
                        new RunConfig("bench", 1, List.of(), null, null, null, prune, null, null, null, null, null);
                PruneTrainer trainer = new PruneTrainer(model, run, shape, Optional.empty(), StepBenchmark::tokens);
                return measure(step -> trainer.step(student, Variant.INTACT, "intact", step, 0.1));
            }
        }
    }

    private static RunConfig.Prune published() {
        return new RunConfig.Prune(
                RunConfig.Method.NUTEPRUNE,
                0.5,
                100,
                BATCH,
                List.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN),
                HeadUnit.QUERY,
                Optional.empty(),
                true,
                new RunConfig.Schedule(RunConfig.ScheduleKind.LINEAR, 50),
                new RunConfig.Curriculum(RunConfig.CurriculumKind.INTACT, 10, 1),
                new RunConfig.Lora(List.of("q", "v"), 8, 8),
                new RunConfig.LearningRates(1e-3, 0.1, 0.1),
                new RunConfig.Distillation(2 / 3.0, 0.1, 0.9),
                new RunConfig.Gates(1, 1, 1),
                false);
    }

    /** A plain language-model step with all weights. */
    public static Result pretrain() throws IOException {
        try (Torch torch = Torch.open("auto")) {
            LlamaConfig config = NewModel.config(SMOLLM2, VOCABULARY, 0);
            NDManager owner = torch.scope();
            NDList weights = NewModel.weights(torch, owner, config, 1);
            try (Decoder model = Decoder.of(torch, owner, config, weights, LENGTH, false);
                    NDManager moments = torch.scope()) {
                FullTrainer trainer = new FullTrainer(model, moments, new PretrainConfig.Betas(0.9, 0.95), 0.1, 1);
                return measure(step -> trainer.step(tokens((long) step * BATCH, BATCH), 1e-4));
            }
        }
    }

    private interface Step {
        void run(int step);
    }

    private static Result measure(Step step) throws IOException {
        double[] seconds = new double[STEPS];
        for (int i = -WARM_UPS; i < STEPS; i++) {
            long start = System.nanoTime();
            step.run(i + WARM_UPS);
            if (i >= 0) {
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        Arrays.sort(seconds);
        return new Result((seconds[STEPS / 2 - 1] + seconds[STEPS / 2]) / 2, peakRss());
    }

    private static int[][] tokens(long first, int count) {
        SplittableRandom random = new SplittableRandom(first);
        int[][] rows = new int[count][LENGTH];
        for (int[] row : rows) {
            Arrays.setAll(row, i -> random.nextInt(VOCABULARY));
        }
        return rows;
    }

    private static long peakRss() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElse(0);
    }
}
