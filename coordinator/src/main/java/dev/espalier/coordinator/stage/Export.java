package dev.espalier.coordinator.stage;

import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import java.util.List;
import java.util.Optional;

/** The recovered student becomes part of the smaller model, which is written, loaded again and compared. */
record Export() implements StageKind {
    @Override
    public String word() {
        return Stage.EXPORT.kind();
    }

    @Override
    public boolean skippable() {
        return true;
    }

    @Override
    public List<Leg> legs(RunView run) {
        return List.of(new Leg.Once("export", Work.Kind.BUILD, run.model(), Optional.of(RunLayout.EXPORT)));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        return Errand.of(Work.Reads.NOTHING.version(run.recovered()));
    }
}
