package dev.espalier.methods.toy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Counts tokens for a few steps, remembers how many slices have come back, and cuts by what was counted. */
final class ToyMethod implements Method {
    static final String NAME = "toy";

    /** Of an order of the leg {@code count}: slices that had come back when it was given. */
    static final String MERGED = "merged";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean readsText(RunConfig config) {
        return false;
    }

    @Override
    public List<Leg> legs(RunView run) {
        RunConfig.Prune prune = run.config().prune();
        return List.of(
                new Leg.Steps("count", 0, prune.steps(), Optional.empty(), false, new Leg.Text(0, prune.batchSize())),
                new Leg.Once("cut", Work.Kind.BUILD, Optional.empty(), Optional.of(RunLayout.model(run.stage()))));
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        if (leg instanceof Leg.Once) {
            return Errand.of(Work.Reads.NOTHING.version(run.student()));
        }
        String order = JsonNodeFactory.instance
                .objectNode()
                .put(MERGED, run.notes().size())
                .toString();
        return new Errand(Work.Reads.NOTHING, order);
    }

    @Override
    public List<Note> merged(RunView before, Leg leg, Slice slice, WorkResult result, Optional<BlobRef> version) {
        return List.of(new Note(MERGED, Map.of("steps", (double) slice.steps()), List.of(version.orElseThrow())));
    }
}
