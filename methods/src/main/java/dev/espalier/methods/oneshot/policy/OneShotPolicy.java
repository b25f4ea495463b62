package dev.espalier.methods.oneshot.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Pruning in one shot on the coordinator.
 *
 * @param name also of the metric by whose scores it chooses
 * @param calibrates whether these are what the calibrate stage found
 * @param walks whether it chooses while it walks through calibration text, layer after pruned layer
 */
public record OneShotPolicy(String name, boolean calibrates, boolean walks) implements Method {
    /** By a metric's scores. */
    public static OneShotPolicy byScores(String name, boolean calibrates) {
        return new OneShotPolicy(name, calibrates, false);
    }

    /** By the closed form, which knows how many units go before it knows which, and so makes all layers alike. */
    public static OneShotPolicy closedForm(String name) {
        return new OneShotPolicy(name, false, true);
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return calibrates ? Set.of(name) : Set.of();
    }

    @Override
    public boolean readsText(RunConfig config) {
        return walks || config.prune().refit();
    }

    @Override
    public boolean uniform(RunConfig config) {
        return walks || config.export().uniform();
    }

    @Override
    public List<Leg> legs(RunView run) {
        return List.of(
                new Leg.Once("shot", Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return Errand.of(Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, run.calibration()));
    }
}
