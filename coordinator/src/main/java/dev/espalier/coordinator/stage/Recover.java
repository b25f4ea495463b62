package dev.espalier.coordinator.stage;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
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
        RunConfig.Prune prune = run.config().prune();
        // It goes on in the text where the prune stage ended.
        Leg.Text text = new Leg.Text(
                (long) prune.steps() * prune.batchSize(), run.config().recover().batchSize());
        return steps == 0 ? List.of() : List.of(new Leg.Steps("teach", 0, steps, run.model(), false, text));
    }
}
