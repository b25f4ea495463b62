package dev.espalier.coordinator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.RunStatus;

/** Where a run is, as its status tells it. */
public final class CurrentStage {
    private static final ObjectMapper JSON = new ObjectMapper();

    private CurrentStage() {}

    /** The word of the first stage that is not over; empty if all are. */
    public static String word(RunStatus status) {
        try {
            for (JsonNode stage : JSON.readTree(status.manifest()).path("stages")) {
                if (!StageState.valueOf(stage.path("state").asText()).over()) {
                    return stage.path("name").asText();
                }
            }
            return "";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a run answered with a manifest that is no JSON", e);
        }
    }
}
