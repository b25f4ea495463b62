package dev.espalier.methods.sheared.work;

import dev.espalier.methods.sheared.ShearedKeys;
import dev.espalier.methods.sheared.ShearedSettings;
import dev.espalier.methods.sheared.Trained;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.Target;
import dev.espalier.protocol.config.WantedShape;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.StepClock;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Steps of all weights under gates of all four structures, for {@code benchmarks/pretrain-step}: two thirds of each stay. */
public final class ShearedBench implements AutoCloseable {
    private static final int STEPS = 3200;
    private static final Set<Granularity> ALL =
            EnumSet.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN, Granularity.LAYERS);

    private final ShearedSteps steps;
    private final ShearedStudent student;

    /** @param model whose weights may be written to; its layers are alike */
    public ShearedBench(Decoder model) {
        ModelShape before = model.config().shape();
        PrunableShape shape = new PrunableShape(
                before.layers(),
                before.hidden(),
                before.heads(),
                before.kvHeads(),
                before.headDim(),
                before.intermediate(),
                ALL,
                HeadUnit.GROUP,
                false);
        steps = new ShearedSteps(model, config(before), shape, model.config(), 0, StepClock.silent());
        AllWeights weights = new AllWeights(model, ShearedTrainer.OPTIMIZER, ShearedTrainer.MAX_NORM, true);
        student = ShearedStudent.of(weights, StartLogits.of(shape, Optional.empty()));
    }

    /** @param rows [batch][length] ids of its tokens */
    public void step(int step, int[][] rows) {
        steps.step(student, step, rows);
    }

    private static RunConfig config(ModelShape before) {
        WantedShape wanted = new WantedShape(
                OptionalInt.of(before.layers() * 2 / 3),
                OptionalInt.of(before.hidden() * 2 / 3),
                OptionalInt.of(before.heads() * 2 / 3),
                OptionalInt.of(before.kvHeads() * 2 / 3),
                OptionalInt.of(before.intermediate() * 2 / 3));
        ShearedSettings settings = new ShearedSettings(wanted, 0, Trained.ALL_WEIGHTS, false, 0.2, 1e-4, 1, 0);
        RunConfig.Prune prune = new RunConfig.Prune(
                ShearedKeys.NAME,
                Target.SPARSITY,
                List.of(0.5),
                STEPS,
                4,
                List.copyOf(ALL),
                HeadUnit.GROUP,
                Optional.empty(),
                false,
                null,
                null,
                null,
                null,
                null,
                null,
                false,
                Map.of(ShearedKeys.NAME, settings));
        return new RunConfig("bench", 1, List.of(), null, null, null, prune, null, null, null, null, null, null, null);
    }

    @Override
    public void close() {
        student.close();
    }
}
