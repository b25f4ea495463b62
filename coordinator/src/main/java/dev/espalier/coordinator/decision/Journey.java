package dev.espalier.coordinator.decision;

import dev.espalier.coordinator.state.RunState;
import dev.espalier.protocol.RunEvent;
import java.util.ArrayList;
import java.util.List;

/** Events that follow each other within one decision, with the state each of them leads to. */
final class Journey {
    private final List<RunEvent> events = new ArrayList<>();
    private RunState state;

    Journey(RunState from) {
        state = from;
    }

    Journey then(RunEvent event) {
        events.add(event);
        state = state.apply(event);
        return this;
    }

    RunState state() {
        return state;
    }

    List<RunEvent> events() {
        return List.copyOf(events);
    }
}
