package dev.espalier.coordinator.listener;

import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.protocol.Stage;
import java.util.Optional;

/**
 * How a run ended, for now or for good.
 *
 * @param phase COMPLETED, FAILED or CANCELLED
 * @param failedStage the stage that failed
 * @param cause why, in one sentence; empty if nothing failed
 * @param permanent true if the same command cannot do better before its input is changed
 */
public record RunOutcome(RunPhase phase, Optional<Stage> failedStage, String cause, boolean permanent) {
    public static final RunOutcome COMPLETED = new RunOutcome(RunPhase.COMPLETED, Optional.empty(), "", false);
    public static final RunOutcome CANCELLED = new RunOutcome(RunPhase.CANCELLED, Optional.empty(), "", false);

    public static RunOutcome failed(Stage stage, String cause, boolean permanent) {
        return new RunOutcome(RunPhase.FAILED, Optional.of(stage), cause, permanent);
    }
}
