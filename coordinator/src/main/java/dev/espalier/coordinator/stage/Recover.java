package dev.espalier.coordinator.stage;

import dev.espalier.protocol.Stage;
import java.util.List;

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
        Leg.Text text = new Leg.Text(0, run.config().recover().batchSize());
        return List.of(new Leg.Steps("teach", 0, steps, run.model(), false, text));
    }
}
