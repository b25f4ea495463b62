package dev.espalier.coordinator.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.RunStatus;
import java.util.Optional;

/** Where a run is, as its status tells it. */
public final class CurrentStage {
    private static final ObjectMapper JSON = new ObjectMapper();

    private CurrentStage() {}

    /** The word of the first stage that is not over; empty if all are. */
    public static String word(RunStatus status) {
        for (JsonNode stage : manifest(status).path("stages")) {
            if (!StageState.valueOf(stage.path("state").asText()).over()) {
                return stage.path("name").asText();
            }
        }
        return "";
    }

    /** What the run waits for, or lacks; empty if it goes on. */
    public static Optional<String> waiting(RunStatus status) {
        JsonNode waiting = manifest(status).path("waiting");
        return waiting.isTextual() ? Optional.of(waiting.asText()) : Optional.empty();
    }

    private static JsonNode manifest(RunStatus status) {
        try {
            return JSON.readTree(status.manifest());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a run answered with a manifest that is no JSON", e);
        }
    }
}
