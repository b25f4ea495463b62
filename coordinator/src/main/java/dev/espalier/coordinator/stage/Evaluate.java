package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.Rounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Measures the intact model, the last that was pruned, and the exported, as far as there are such. */
public record Evaluate() implements StageKind {
    /** The leg that measures the intact model. */
    public static final String BEFORE = "before";

    @Override
    public String word() {
        return Stage.EVALUATE.kind();
    }

    @Override
    public boolean skippable() {
        return true;
    }

    @Override
    public List<Leg> legs(RunView run) {
        return legs(run.state());
    }

    /** Its parts, by the names under which the manifest has what they measured. */
    public static List<Leg> legs(RunState state) {
        List<Leg> legs = new ArrayList<>();
        legs.add(leg(BEFORE, Optional.empty()));
        Rounds.of(state.stages().stream().map(StageRecord::stage).toList())
                .lastPruning()
                .filter(stage -> completed(state, stage))
                .ifPresent(stage -> legs.add(leg("after-prune", Optional.of(RunLayout.model(stage)))));
        if (completed(state, Stage.EXPORT)) {
            legs.add(leg("after-recover", Optional.of(RunLayout.EXPORT)));
        }
        return legs;
    }

    private static Leg leg(String name, Optional<String> model) {
        return new Leg.Once(name, Work.Kind.MEASURE, model, Optional.empty());
    }

    private static boolean completed(RunState state, Stage stage) {
        return state.stage(stage).map(StageRecord::state).equals(Optional.of(StageState.COMPLETED));
    }
}
