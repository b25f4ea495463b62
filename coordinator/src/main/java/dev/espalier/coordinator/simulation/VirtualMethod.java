package dev.espalier.coordinator.simulation;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import java.util.List;
import java.util.Optional;

/** Training and a model at its end: nothing but slices to hand out and to merge. */
record VirtualMethod() implements Method {
    @Override
    public String name() {
        return "virtual";
    }

    @Override
    public List<Leg> legs(RunView run) {
        return List.of(
                new Leg.Steps("train", 0, run.config().prune().steps(), Optional.empty(), false, Leg.Text.NONE),
                new Leg.Once("cut", Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return Errand.of(Work.Reads.NOTHING.version(run.student()));
    }
}
