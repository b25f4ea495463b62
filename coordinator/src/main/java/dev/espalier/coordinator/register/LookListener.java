package dev.espalier.coordinator.register;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.Stage;
import java.util.Optional;

/** Has somebody look whenever a run's standing may have changed. */
record LookListener(Runnable look) implements RunListener {
    @Override
    public void stageChanged(Stage stage, StageState state, String cause) {
        look.run();
    }

    @Override
    public void waits(Optional<String> waiting) {
        look.run();
    }

    @Override
    public void ended(RunOutcome outcome) {
        look.run();
    }
}
