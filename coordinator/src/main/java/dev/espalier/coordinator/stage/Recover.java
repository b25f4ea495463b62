package dev.espalier.coordinator.stage;

import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import java.util.List;
import java.util.Optional;

/** Trains what the smaller model has lost. */
record Recover() implements StageKind {
    @Override
    public String word() {
        return Stage.RECOVER.kind();
    }

    @Override
    public boolean skippable() {
        return true;
    }

    @Override
    public List<Leg> legs(RunView run) {
        int steps = run.config().recover().steps();
        return steps == 0
                ? List.of()
                : List.of(new Leg.Steps("teach", 0, steps, Optional.of(RunLayout.model(Stage.PRUNE)), false));
    }
}
