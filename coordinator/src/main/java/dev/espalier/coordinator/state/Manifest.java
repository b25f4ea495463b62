package dev.espalier.coordinator.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.stage.Evaluate;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code manifest.json}: a run as it stands, for scripts and the report. */
public final class Manifest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Manifest() {}

    public static String of(RunState state) {
        return json(state).toPrettyString();
    }

    /**
     * The same with what only a run that is asked knows.
     *
     * @param waiting what it waits for; null in the field {@code waiting} if it waits for nothing
     * @param steps of training in each stage
     */
    public static String of(RunState state, Optional<String> waiting, Map<Stage, Integer> steps) {
        ObjectNode manifest = json(state).put("waiting", waiting.orElse(null));
        ObjectNode trained = manifest.putObject("steps");
        steps.forEach((stage, number) -> trained.put(stage.word(), number));
        return manifest.toPrettyString();
    }

    public static ObjectNode json(RunState state) {
        ObjectNode manifest = JSON.createObjectNode();
        manifest.put("run", state.run());
        manifest.put("state", state.phase().name());
        ArrayNode stages = manifest.putArray("stages");
        state.stages().forEach(record -> stages.add(stage(record)));
        manifest.set("student", student(state));
        manifest.set("parameters", parameters(state));
        manifest.set("evaluation", evaluation(state));
        return manifest;
    }

    private static ObjectNode stage(StageRecord record) {
        ObjectNode stage = JSON.createObjectNode();
        stage.put("name", record.stage().word());
        stage.put("state", record.state().name());
        stage.put("started", record.started().map(Instant::toString).orElse(null));
        stage.put("ended", record.ended().map(Instant::toString).orElse(null));
        stage.put("cause", record.cause().isEmpty() ? null : record.cause());
        ArrayNode artefacts = stage.putArray("artefacts");
        record.artefacts().forEach(artefact -> artefacts
                .addObject()
                .put("path", artefact.path())
                .put("sha256", artefact.sha256())
                .put("bytes", artefact.bytes()));
        ArrayNode tables = stage.putArray("tables");
        record.measured()
                .forEach(measured -> read(measured.json()).path("tables").forEach(tables::add));
        return stage;
    }

    private static JsonNode student(RunState state) {
        if (state.students().isEmpty()) {
            return JSON.nullNode();
        }
        BlobRef newest = state.students().get(state.students().size() - 1);
        return JSON.createObjectNode().put("version", state.students().size()).put("sha256", newest.sha256());
    }

    /** What the last stage that counted parameters found. */
    private static JsonNode parameters(RunState state) {
        JsonNode parameters = JSON.nullNode();
        for (StageRecord record : state.stages()) {
            for (Measured measured : record.measured()) {
                JsonNode found = read(measured.json()).get("parameters");
                // An evaluation's "parameters" is a plain count.
                if (found != null && found.isObject()) {
                    parameters = found;
                }
            }
        }
        return parameters;
    }

    private static ObjectNode evaluation(RunState state) {
        ObjectNode evaluation = JSON.createObjectNode();
        evaluation.putNull("before");
        evaluation.putNull("after-prune");
        evaluation.putNull("after-recover");
        List<Measured> measured =
                state.stage(Stage.EVALUATE).map(StageRecord::measured).orElse(List.of());
        List<Leg> legs = Evaluate.legs(state);
        for (int i = 0; i < measured.size(); i++) {
            String leg = measured.get(i).leg();
            // Journals of version 0.1 do not name what was measured: there, its place tells.
            evaluation.set(
                    leg.isEmpty() ? legs.get(i).name() : leg,
                    read(measured.get(i).json()));
        }
        return evaluation;
    }

    private static JsonNode read(String measured) {
        try {
            return JSON.readTree(measured);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the journal holds measurements that were checked to be JSON", e);
        }
    }
}
