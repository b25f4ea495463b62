package dev.espalier.coordinator.run;

import dev.espalier.coordinator.folder.Damage;
import dev.espalier.coordinator.folder.Inspection;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.RunCommand;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Has a run's files read again. Until that is over, commands wait and nothing counts that workers return. Part of the actor
 * {@link Run}: no other thread calls it.
 */
final class Inspections {
    /** What makes the run read its files again. */
    sealed interface Occasion {}

    enum When implements Occasion {
        /** It was just recovered. */
        RESTARTED,
        /** It goes back to an earlier stage, or on after a failure, and relies on what was left before. */
        GOES_ON,
        /** All work of the current stage is merged. */
        STAGE_OVER
    }

    /** A finished run is left alone until somebody tells it to go on: then it makes again what is missing. */
    record ToldToGoOn(RunCommand command) implements Occasion {}

    record Inspected(Occasion occasion, Optional<Damage> damage) implements Run.Finding {}

    record Failed(Throwable cause) implements Run.Finding {}

    private final Run.Setup setup;
    private final Background background;
    private boolean underWay;

    Inspections(Run.Setup setup, Background background) {
        this.setup = setup;
        this.background = background;
    }

    boolean underWay() {
        return underWay;
    }

    void over() {
        underWay = false;
    }

    /** Of all that the run relies on. */
    void begin(Occasion occasion, RunState state) {
        begin(occasion, state, inspection -> inspection.ofAll(state));
    }

    /** Of what a stage left whose work is merged. */
    void begin(RunState state, StageRecord stage) {
        begin(When.STAGE_OVER, state, inspection -> inspection.ofStage(state, stage));
    }

    private void begin(Occasion occasion, RunState state, Function<Inspection, Optional<Damage>> task) {
        underWay = true;
        Inspection inspection = inspection(state);
        background.begin(
                () -> task.apply(inspection),
                damage -> new Inspected(occasion, damage),
                failure -> new Failed(failure));
    }

    /** Files of a finished run that are not there, at a quick look. */
    List<Artefact> missing(RunState state) {
        return inspection(state).missing(state);
    }

    private Inspection inspection(RunState state) {
        return new Inspection(setup.directories().apply(state.directory()));
    }
}
