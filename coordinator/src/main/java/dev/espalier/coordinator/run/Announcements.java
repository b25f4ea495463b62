package dev.espalier.coordinator.run;

import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.listener.RunOutcome;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.RunEvent;
import java.util.List;

/** What a run's listener hears of events that are in the journal. */
record Announcements(RunListener listener) {

    /** After a restart the listener has heard nothing yet. */
    void standing(RunState state) {
        state.stages().stream()
                .filter(record -> record.state().over() || record.state() == StageState.RUNNING)
                .forEach(record -> listener.stageChanged(record.stage(), record.state(), ""));
        listener.changed(state, List.of());
    }

    /** @param after what the events led to */
    void happened(List<RunEvent> events, RunState after) {
        if (!events.isEmpty()) {
            listener.changed(after, events);
        }
        events.forEach(event -> happened(event, after));
    }

    private void happened(RunEvent event, RunState after) {
        if (event instanceof RunEvent.StageStarted e) {
            listener.stageChanged(e.stage(), StageState.RUNNING, "");
        } else if (event instanceof RunEvent.StageCompleted e) {
            listener.stageChanged(e.stage(), StageState.COMPLETED, "");
        } else if (event instanceof RunEvent.StageSkipped e) {
            listener.stageChanged(e.stage(), StageState.SKIPPED, "");
        } else if (event instanceof RunEvent.StageReset e) {
            listener.stageChanged(e.stage(), StageState.PENDING, e.cause());
        } else if (event instanceof RunEvent.StageRewound e) {
            listener.stageChanged(e.stage(), StageState.PENDING, e.cause());
        } else if (event instanceof RunEvent.StageFailed e) {
            listener.stageChanged(e.stage(), StageState.FAILED, e.cause());
            listener.ended(RunOutcome.failed(e.stage(), e.cause(), e.permanent()));
        } else if (event instanceof RunEvent.AttemptFailed e) {
            if (e.end() != AttemptEnd.RETURNED) {
                listener.attemptFailed(e.key().stage(), e.key().attempt(), e.cause());
            }
        } else if (event instanceof RunEvent.Paused || event instanceof RunEvent.Resumed) {
            after.current().ifPresent(record -> listener.stageChanged(record.stage(), record.state(), ""));
        } else if (event instanceof RunEvent.Cancelled) {
            listener.ended(RunOutcome.CANCELLED);
        }
        boolean over = event instanceof RunEvent.StageCompleted
                || event instanceof RunEvent.StageSkipped
                || event instanceof RunEvent.Reconfigured;
        if (over && after.phase() == RunPhase.COMPLETED) {
            listener.ended(RunOutcome.COMPLETED);
        }
    }
}
