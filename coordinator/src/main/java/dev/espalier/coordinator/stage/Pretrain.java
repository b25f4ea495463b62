package dev.espalier.coordinator.stage;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;

/** Trains all weights of the smaller model, as a model is trained from scratch. */
record Pretrain() implements StageKind {
    @Override
    public String word() {
        return Stage.PRETRAIN.kind();
    }

    @Override
    public boolean skippable() {
        return true;
    }

    @Override
    public List<Leg> legs(RunView run) {
        RunConfig.Pretrain pretrain = run.config().pretrain();
        Leg.Text text = new Leg.Text(0, pretrain.batchSize());
        return List.of(new Leg.Steps("train", 0, pretrain.steps(), run.model(), false, text));
    }
}
