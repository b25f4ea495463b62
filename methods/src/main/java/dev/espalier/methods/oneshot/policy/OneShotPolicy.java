package dev.espalier.methods.oneshot.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.methods.oneshot.OneShotKeys;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Pruning in one shot, by a metric's scores, on the coordinator. */
public record OneShotPolicy(OneShotKeys keys) implements Method {
    @Override
    public String name() {
        return keys.name();
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return keys.calibrates() ? Set.of(name()) : Set.of();
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
