package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;

/** A run's manifest in few words. */
final class RunSentence {
    private RunSentence() {}

    /** Such as {@code run pear is RUNNING, in stage prune; waiting: no worker is here}. */
    static String of(JsonNode manifest) {
        String state = manifest.path("state").asText();
        StringBuilder sentence = new StringBuilder("run ")
                .append(manifest.path("run").asText())
                .append(" is ")
                .append(state);
        currentStage(manifest).ifPresent(stage -> {
            sentence.append(", in stage ").append(stage.path("name").asText());
            if (state.equals("FAILED") && stage.path("cause").isTextual()) {
                sentence.append(": ").append(stage.path("cause").asText());
            }
        });
        if (manifest.path("waiting").isTextual()) {
            sentence.append(state.equals("RUNNING") ? "; waiting: " : "; ")
                    .append(manifest.path("waiting").asText());
        }
        return sentence.toString();
    }

    /** The first stage that is not over. */
    static Optional<JsonNode> currentStage(JsonNode manifest) {
        for (JsonNode stage : manifest.path("stages")) {
            String state = stage.path("state").asText();
            if (!state.equals("COMPLETED") && !state.equals("SKIPPED")) {
                return Optional.of(stage);
            }
        }
        return Optional.empty();
    }
}
