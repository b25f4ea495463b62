package dev.espalier.methods.nuteprune.work;

import dev.espalier.methods.nuteprune.NutePruneKeys;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.recovery.Lesson;
import dev.espalier.worker.recovery.SmallModelTrainer;
import dev.espalier.worker.training.TrainingLeg;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Legs;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** What workers do for NutePrune: steps under gates, the cut, steps of what is left, the folding of its LoRA. */
public final class NutePruneWork {
    private static final int WARMUP_AFTER_CUT = 10;

    public static final Legs LEGS = new Legs(
            NutePruneKeys.NAME,
            Map.of(
                    "gates", (bench, first) -> new TrainingLeg<>(bench, new GateTrainer(bench, first)),
                    "cut", (bench, first) -> new CutLeg(bench),
                    "teach", NutePruneWork::teach,
                    "merge", (bench, first) -> new FoldLeg(bench)));

    private NutePruneWork() {}

    private static LegWork teach(Bench bench, Assignment first) throws IOException {
        RunConfig.Prune prune = bench.config().prune();
        int steps = prune.steps() - prune.gatedSteps();
        Lesson lesson = new Lesson(
                first.key().stage(),
                prune.gatedSteps(),
                prune.steps(),
                prune.batchSize(),
                prune.learningRate().lora(),
                Math.min(WARMUP_AFTER_CUT, steps),
                prune.distillation().temperature(),
                prune.sparsity());
        return new TrainingLeg<>(bench, SmallModelTrainer.open(bench, first, lesson, Optional.of(prune.lora()), true));
    }
}
