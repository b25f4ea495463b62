package dev.espalier.methods.toy;

import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.stage.StageKind;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import java.util.List;
import java.util.Optional;

/** A few steps on the smaller model, then a look at it. */
record ToyStage() implements StageKind {
    static final String KIND = "toy";

    @Override
    public String word() {
        return KIND;
    }

    @Override
    public List<Leg> legs(RunView run) {
        int batch = run.config().recover().batchSize();
        return List.of(
                new Leg.Steps("teach", 0, run.config().recover().steps(), run.model(), false, new Leg.Text(0, batch)),
                new Leg.Once("look", Work.Kind.MEASURE, run.model(), Optional.empty()));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return leg instanceof Leg.Once ? Errand.of(Work.Reads.NOTHING.version(run.student())) : Errand.NONE;
    }
}
