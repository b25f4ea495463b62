package dev.espalier.monitoring.meters;

import java.time.Instant;
import java.util.Map;

/** Who is there to work, as the coordinator sees it. */
public final class WorkforceMeters {
    public enum State {
        /** Free, or just being offered to a run. */
        IDLE,
        /** At work on an assignment. */
        BUSY,
        /** Leaving, not heard of, or at work on what nobody waits for. */
        UNAVAILABLE
    }

    private final Meters meters;

    public WorkforceMeters(Meters meters) {
        this.meters = meters;
        meters.counter(Measure.WORKER_LOSSES);
    }

    /** @param counts workers by state; states that are missing have none */
    public void workers(Map<State, Integer> counts) {
        for (State state : State.values()) {
            meters.set(Measure.WORKERS, counts.getOrDefault(state, 0), Label.value(state));
        }
    }

    /** A worker left without saying so. */
    public void lost(Instant at) {
        meters.counter(Measure.WORKER_LOSSES).increment();
        meters.set(Measure.WORKER_LOST, at);
    }
}
