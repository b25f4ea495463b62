package dev.espalier.coordinator.stage;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One kind of stage: pure, a function of the configuration and of what is merged so far. */
public interface StageKind {
    /** What {@link dev.espalier.protocol.Stage#kind} names it. */
    String word();

    /** Whether later stages can do without it. */
    default boolean skippable() {
        return false;
    }

    /** Its parts, in order; none: the stage is left out. Those that are begun do not change. */
    List<Leg> legs(RunView run);

    /** What the work of a leg is given if it is handed out now. */
    default Errand errand(RunView run, Leg leg, Slice slice) {
        return Errand.NONE;
    }

    /**
     * What the stage is to remember of a training slice.
     *
     * @param before the merge
     * @param version the student that the merge makes
     */
    default List<Note> merged(RunView before, Leg leg, Slice slice, WorkResult result, Optional<BlobRef> version) {
        return List.of();
    }

    /** Learning rates that do not change, by what is learnt with them: for those who watch. */
    default Map<String, Double> learningRates(RunConfig config) {
        return Map.of();
    }
}
