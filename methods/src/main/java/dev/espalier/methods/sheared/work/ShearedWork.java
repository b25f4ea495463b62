package dev.espalier.methods.sheared.work;

import dev.espalier.methods.sheared.ShearedKeys;
import dev.espalier.worker.training.TrainingLeg;
import dev.espalier.worker.work.Legs;
import java.util.Map;

/** What workers do for Sheared LLaMA: steps under gates, and the cut. */
public final class ShearedWork {
    public static final Legs LEGS = new Legs(
            ShearedKeys.NAME,
            Map.of(
                    "gates", (bench, first) -> new TrainingLeg<>(bench, new ShearedTrainer(bench, first)),
                    "cut", (bench, first) -> new CutLeg(bench)));

    private ShearedWork() {}
}
