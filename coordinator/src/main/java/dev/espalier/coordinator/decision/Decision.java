package dev.espalier.coordinator.decision;

import dev.espalier.protocol.RunEvent;
import java.util.List;
import java.util.Optional;

/**
 * What a run makes of a command.
 *
 * @param events what happens now; none if the run is where the command wants it already
 * @param refusal why the command is refused, in one sentence
 */
public record Decision(List<RunEvent> events, Optional<String> refusal) {
    static Decision accept(List<RunEvent> events) {
        return new Decision(events, Optional.empty());
    }

    static Decision refuse(String why) {
        return new Decision(List.of(), Optional.of(why));
    }
}
