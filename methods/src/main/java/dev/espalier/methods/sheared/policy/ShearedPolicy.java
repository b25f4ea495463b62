package dev.espalier.methods.sheared.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.methods.gates.StartScores;
import dev.espalier.methods.sheared.ShapeRule;
import dev.espalier.methods.sheared.ShearedKeys;
import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/** Sheared LLaMA on the coordinator: steps under gates, then the cut. The targets' rise follows from the step alone. */
public final class ShearedPolicy implements Method {
    private static final String GATES = "gates";
    private static final String CUT = "cut";

    @Override
    public String name() {
        return ShearedKeys.NAME;
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return StartScores.calibrated(config.prune());
    }

    @Override
    public List<Leg> legs(RunView run) {
        RunConfig.Prune prune = run.config().prune();
        return List.of(
                new Leg.Steps(GATES, 0, prune.steps(), Optional.empty(), false, new Leg.Text(0, prune.batchSize())),
                new Leg.Once(CUT, Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return Errand.of(
                leg.name().equals(CUT)
                        ? Work.Reads.NOTHING.version(run.student())
                        : Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, run.calibration()));
    }

    @Override
    public boolean readsText(RunConfig config) {
        return false;
    }

    @Override
    public Optional<Shaped> shape(RunConfig config, ModelShape before, ToLongFunction<ModelShape> parameters) {
        ShapeRule rule = new ShapeRule(config, before, parameters);
        return Optional.of(new Shaped(rule.shape(), rule.told()));
    }

    @Override
    public boolean trainsWeights(RunConfig config) {
        return ShearedKeys.of(config).train().ofWeights();
    }
}
