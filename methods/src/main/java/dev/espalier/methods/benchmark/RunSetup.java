package dev.espalier.methods.benchmark;

import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.methods.nuteprune.work.GatedStudent;
import dev.espalier.methods.nuteprune.work.PruneTrainer;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.Target;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.UniformShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.pretrain.NewModel;
import dev.espalier.worker.recovery.Lesson;
import dev.espalier.worker.recovery.RecoverTrainer;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.StepClock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** The trainers of a run of {@code examples/smollm2-20.conf} on a model of SmolLM2-135M's shape with random weights. */
record RunSetup(Torch torch, Decoder model, int batch, int length) {
    private static final double SPARSITY = 0.2;
    private static final int STEPS = 300;
    private static final RunConfig.Lora LORA =
            new RunConfig.Lora(List.of("q", "k", "v", "o", "gate", "up", "down"), 64, 64);
    private static final PretrainConfig.Shape SHAPE = StepBenchmark.SMOLLM2;

    static RunSetup open(Torch torch, int batch, int length) {
        return new RunSetup(torch, model(torch, SHAPE, length), batch, length);
    }

    private static Decoder model(Torch torch, PretrainConfig.Shape shape, int length) {
        NDManager owner = torch.scope();
        LlamaConfig config = NewModel.config(shape, StepBenchmark.VOCABULARY, 0);
        return Decoder.of(torch, owner, config, NewModel.weights(torch, owner, config, 1), length, false);
    }

    /** Of a step: [batch][length]. */
    int[][] rows(int step) {
        return PruningSetup.tokens((long) step * batch, batch, length, StepBenchmark.VOCABULARY);
    }

    PrunableShape prunable() {
        return new PrunableShape(
                SHAPE.layers(),
                SHAPE.hidden(),
                SHAPE.heads(),
                SHAPE.kvHeads(),
                SHAPE.headDim(),
                SHAPE.intermediate(),
                List.of(Granularity.FFN),
                HeadUnit.GROUP,
                false);
    }

    UniformShape end() {
        return UniformShape.nearest(prunable(), SPARSITY, 1);
    }

    /** Logits as the scores of obs spread them. */
    MaskSet logits() {
        SplittableRandom random = new SplittableRandom(1);
        return prunable().filled(0).map(x -> 3 * random.nextGaussian());
    }

    PruneTrainer pruning() {
        return new PruneTrainer(model, run(), prunable(), Optional.of(end()));
    }

    /** A student of gates alone: with prune.refit nothing else is trained until the cut. */
    GatedStudent gates() {
        return GatedStudent.fresh(Lora.none(model), MaskLogits.start(logits()));
    }

    private RunConfig run() {
        RunConfig.Prune prune = new RunConfig.Prune(
                "nuteprune",
                Target.SPARSITY,
                List.of(SPARSITY),
                STEPS,
                batch,
                List.of(Granularity.FFN),
                HeadUnit.GROUP,
                Optional.empty(),
                false,
                new RunConfig.Schedule(RunConfig.ScheduleKind.CUBIC, 48),
                new RunConfig.Curriculum(RunConfig.CurriculumKind.NUMEROUS, 10, 1),
                LORA,
                new RunConfig.LearningRates(1e-3, 0.05, 0.1),
                new RunConfig.Distillation(1, 1, 0),
                new RunConfig.Gates(0.3, 0.05, 0.2),
                true,
                Map.of());
        return new RunConfig("bench", 1, List.of(), null, null, null, prune, null, null, null, null, null, null, null);
    }

    /** SmolLM2's shape without a fifth of what can be pruned. */
    PretrainConfig.Shape smaller() {
        return new PretrainConfig.Shape(
                SHAPE.layers(),
                SHAPE.hidden(),
                SHAPE.heads(),
                SHAPE.kvHeads(),
                SHAPE.headDim(),
                end().intermediate(),
                SHAPE.tieEmbeddings(),
                SHAPE.maxPositions(),
                SHAPE.ropeTheta(),
                SHAPE.normEps());
    }

    /** What recovery trains: the smaller model, and factors for it. */
    record Recovery(Decoder model, Lora student, RecoverTrainer trainer) {}

    Recovery recovery() {
        Decoder smaller = model(torch, smaller(), length);
        Lora student = Lora.fresh(smaller, LORA, 1);
        Lesson lesson = new Lesson(Stage.RECOVER, 0, STEPS, batch, 1e-3, 10, 1, Double.NaN);
        RecoverTrainer.Teaching teaching = new RecoverTrainer.Teaching(model, Variant.INTACT, "intact");
        RecoverTrainer trainer = new RecoverTrainer(smaller, Optional.of(teaching), lesson, StepClock.silent());
        return new Recovery(smaller, student, trainer);
    }

    /** Of recovery's factors. */
    static int loraRank() {
        return LORA.rank();
    }
}
