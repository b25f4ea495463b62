package dev.espalier.methods.benchmark;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.sheared.work.ShearedBench;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.pretrain.LanguageTrainer;
import dev.espalier.worker.pretrain.NewModel;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AdamW;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.StepClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Time and memory of one training step at the shape of SmolLM2-135M with random weights, 4x128 tokens, as
 * {@code benchmarks/} compares them with a peer's.
 */
public final class StepBenchmark {
    private static final int WARM_UPS = 2;
    private static final int STEPS = 8;
    private static final int BATCH = PruningSetup.BATCH;
    private static final int LENGTH = PruningSetup.LENGTH;
    static final int VOCABULARY = 49152;
    static final PretrainConfig.Shape SMOLLM2 =
            new PretrainConfig.Shape(30, 576, 9, 3, 64, 1536, true, 8192, 100000, 1e-5);

    /** @param secondsPerStep median; @param peakRssBytes of the whole process, 0 where the system does not tell */
    public record Result(double secondsPerStep, long peakRssBytes) {}

    private StepBenchmark() {}

    /** A NutePrune step as published: LoRA on q and v, masks on heads, FFN and hidden channels, KL and layer loss. */
    public static Result nuteprune() throws IOException {
        try (PruningSetup setup = PruningSetup.of(SMOLLM2, VOCABULARY, StepClock.silent())) {
            return measure(setup::step);
        }
    }

    /** A plain language-model step with all weights, activations kept as {@code espalier pretrain} does by default. */
    public static Result pretrain() throws IOException {
        try (Torch torch = Torch.open("auto")) {
            LlamaConfig config = NewModel.config(SMOLLM2, VOCABULARY, 0);
            NDManager owner = torch.scope();
            NDList weights = NewModel.weights(torch, owner, config, 1);
            try (Decoder model = Decoder.of(torch, owner, config, weights, LENGTH, false)) {
                LanguageTrainer trainer = pretraining(model);
                return measure(step ->
                        trainer.step(PruningSetup.tokens((long) step * BATCH, BATCH, LENGTH, VOCABULARY), 1e-4));
            }
        }
    }

    /** A step of all weights under gates of hidden channels, layers, heads and FFN channels. */
    public static Result sheared() throws IOException {
        try (Torch torch = Torch.open("auto")) {
            LlamaConfig config = NewModel.config(SMOLLM2, VOCABULARY, 0);
            NDManager owner = torch.scope();
            NDList weights = NewModel.weights(torch, owner, config, 1);
            try (Decoder model = Decoder.of(torch, owner, config, weights, LENGTH, false);
                    ShearedBench pruning = new ShearedBench(model)) {
                return measure(step ->
                        pruning.step(step, PruningSetup.tokens((long) step * BATCH, BATCH, LENGTH, VOCABULARY)));
            }
        }
    }

    static LanguageTrainer pretraining(Decoder model) {
        return new LanguageTrainer(model, new AllWeights(model, new AdamW.Settings(0.9, 0.95, 1e-8, 0.1), 1, true));
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

    /** High-water mark of this process's memory in bytes, 0 where the system does not tell. */
    public static long peakRss() throws IOException {
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
