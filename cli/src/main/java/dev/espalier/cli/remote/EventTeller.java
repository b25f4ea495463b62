package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.folder.StepLine;
import dev.espalier.coordinator.folder.StepLineFormat;
import dev.espalier.coordinator.listener.RunListener;
import dev.espalier.coordinator.state.StageState;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.util.Optional;

/** Tells a listener, such as the progress bar of local runs, what a coordinator's events say. */
final class EventTeller {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RunListener listener;

    EventTeller(RunListener listener) {
        this.listener = listener;
    }

    /**
     * How a run ended, or that it was removed.
     *
     * @param cause empty if it completed or was cancelled
     */
    record End(String state, String stage, String cause) {
        static final String REMOVED = "REMOVED";

        /** Whether there is nothing more to be asked about it. */
        boolean removed() {
            return state.equals(REMOVED);
        }
    }

    /** Empty as long as the run goes on; events that this version does not know are left out. */
    Optional<End> tell(EventReader.Event event) throws IOException {
        JsonNode data = JSON.readTree(event.data());
        switch (event.kind()) {
            case "status" -> {
                if (data.path("state").asText().equals("RUNNING")) {
                    listener.waits(waiting(data));
                }
                return endOf(data);
            }
            case "waiting" -> listener.waits(waiting(data));
            case "removed" -> {
                return Optional.of(new End(End.REMOVED, "", ""));
            }
            case "ended" -> {
                return Optional.of(new End(data.path("state").asText(), text(data, "stage"), text(data, "cause")));
            }
            case "stage" ->
                listener.stageChanged(
                        stage(data), StageState.valueOf(data.path("state").asText()), text(data, "cause"));
            case "step" ->
                StepLineFormat.parse(event.data()).map(StepLine::step).ifPresent(listener::stepped);
            case "progress" ->
                listener.progressed(
                        stage(data),
                        data.path("done").asLong(),
                        data.path("total").asLong(),
                        data.path("what").asText());
            case "attempt-failed" ->
                listener.attemptFailed(stage(data), data.path("attempt").asInt(), text(data, "cause"));
            default -> {
                // a newer coordinator may tell more
            }
        }
        return Optional.empty();
    }

    private static Optional<End> endOf(JsonNode manifest) {
        String state = manifest.path("state").asText();
        return switch (state) {
            case "COMPLETED", "CANCELLED" -> Optional.of(new End(state, "", ""));
            case "FAILED" ->
                RunSentence.currentStage(manifest)
                        .map(stage -> new End(state, stage.path("name").asText(), text(stage, "cause")));
            default -> Optional.empty();
        };
    }

    private static Stage stage(JsonNode data) {
        return Stage.written(data.path("stage").asText());
    }

    private static Optional<String> waiting(JsonNode data) {
        return Optional.of(text(data, "waiting")).filter(words -> !words.isEmpty());
    }

    private static String text(JsonNode data, String field) {
        return data.path(field).isTextual() ? data.path(field).asText() : "";
    }
}
