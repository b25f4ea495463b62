package dev.espalier.methods.benchmark;

import ai.djl.ndarray.NDManager;
import dev.espalier.methods.gates.MaskLogits;
import dev.espalier.methods.nuteprune.work.GatedStudent;
import dev.espalier.methods.nuteprune.work.PruneTrainer;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.Target;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.pretrain.NewModel;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.Lora;
import dev.espalier.worker.training.StepClock;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** A model of random weights, ready to be pruned as published, 4x128 tokens a step. */
record PruningSetup(Torch torch, Decoder model, GatedStudent student, PruneTrainer trainer, int vocabulary)
        implements AutoCloseable {
    static final int BATCH = 4;
    static final int LENGTH = 128;

    private static final double TARGET = 0.1;

    static PruningSetup of(PretrainConfig.Shape size, int vocabulary, StepClock clock) {
        Torch torch = Torch.open("auto");
        LlamaConfig config = NewModel.config(size, vocabulary, 0);
        NDManager owner = torch.scope();
        Decoder model = Decoder.of(torch, owner, config, NewModel.weights(torch, owner, config, 1), LENGTH, false);
        RunConfig.Prune prune = published();
        PrunableShape shape = new PrunableShape(
                size.layers(),
                size.hidden(),
                size.heads(),
                size.kvHeads(),
                size.headDim(),
                size.intermediate(),
                prune.granularity(),
                HeadUnit.QUERY,
                true);
        GatedStudent student = GatedStudent.fresh(Lora.fresh(model, prune.lora(), 1), MaskLogits.published(shape, 1));
        RunConfig run =
                new RunConfig("bench", 1, List.of(), null, null, null, prune, null, null, null, null, null, null, null);
        PruneTrainer trainer = new PruneTrainer(model, run, shape, Optional.empty(), run.seed(), clock);
        return new PruningSetup(torch, model, student, trainer, vocabulary);
    }

    private static RunConfig.Prune published() {
        return new RunConfig.Prune(
                "nuteprune",
                Target.SPARSITY,
                List.of(0.5),
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
                false,
                Map.of());
    }

    void step(int step) {
        int[][] rows = tokens((long) step * BATCH, BATCH, LENGTH, vocabulary);
        trainer.step(student, Variant.INTACT, "intact", step, TARGET, rows);
    }

    static int[][] tokens(long first, int count, int length, int vocabulary) {
        SplittableRandom random = new SplittableRandom(first);
        int[][] rows = new int[count][length];
        for (int[] row : rows) {
            Arrays.setAll(row, i -> random.nextInt(vocabulary));
        }
        return rows;
    }

    @Override
    public void close() {
        student.close();
        model.close();
        torch.close();
    }
}
