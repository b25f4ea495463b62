package dev.espalier.coordinator.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A step as one JSON object, and back. */
public final class StepLineFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Fields that are no values of the step. */
    private static final Set<String> OWN = Set.of(
            StepFields.TIME,
            StepFields.STAGE,
            StepFields.STEP,
            StepFields.TOKENS,
            StepFields.SECONDS,
            StepFields.TEACHER);

    private static final String KEPT = "kept";

    /** Steps after which every second one is left out; twice as many later every second of these, and so on. */
    private static final int EVERY_OF = 32;

    private StepLineFormat() {}

    /**
     * The line of {@code metrics.jsonl}, without its end. Few steps say what is expected to stay of each layer: the first 64 of a
     * stage, half of the next 64, a quarter of the next 128 and so on, so that long runs are told as evenly as short ones.
     */
    static String record(StepLine line) {
        ObjectNode object = object(line);
        int step = line.step().step();
        int every = Math.max(1, Integer.highestOneBit(step / EVERY_OF));
        if (step % every == 0) {
            line.step().kept().ifPresent(kept -> object.set(KEPT, KeptFormat.json(kept)));
        }
        return object.toString();
    }

    /** As those who watch are told of it, who learn otherwise what stays. */
    public static String write(StepLine line) {
        return object(line).toString();
    }

    private static ObjectNode object(StepLine line) {
        StepMetrics step = line.step();
        ObjectNode object = JSON.createObjectNode()
                .put(StepFields.TIME, line.time().toString())
                .put(StepFields.STAGE, step.stage().word())
                .put(StepFields.STEP, step.step())
                .put(StepFields.TOKENS, step.tokens());
        put(object, StepFields.SECONDS, step.seconds());
        putTeacher(object, step.teacher());
        step.values().forEach((name, value) -> put(object, name, value));
        return object;
    }

    /** @throws IOException if the text is no step */
    static StepLine read(String text) throws IOException {
        return parse(text).orElseThrow(() -> new IOException("not a step: " + abbreviated(text)));
    }

    /** The step that the text describes; empty if it is none. */
    public static Optional<StepLine> parse(String text) {
        try {
            return Optional.of(read(JSON.readTree(text)));
        } catch (JsonProcessingException | IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private static StepLine read(JsonNode object) {
        Map<String, Double> values = new LinkedHashMap<>();
        object.properties().forEach(field -> {
            if (field.getValue().isNumber() && !OWN.contains(field.getKey())) {
                values.put(field.getKey(), field.getValue().asDouble());
            }
        });
        StepMetrics step = new StepMetrics(
                Stage.written(object.required(StepFields.STAGE).asText()),
                object.required(StepFields.STEP).asInt(),
                object.required(StepFields.TOKENS).asLong(),
                object.path(StepFields.SECONDS).asDouble(Double.NaN),
                object.path(StepFields.TEACHER).asText(StepMetrics.NO_TEACHER),
                values,
                KeptFormat.read(object.path(KEPT)));
        return new StepLine(Instant.parse(object.required(StepFields.TIME).asText()), step);
    }

    /** JSON has neither NaN nor infinity: what is not finite is left out. */
    private static void put(ObjectNode object, String field, double value) {
        if (Double.isFinite(value)) {
            object.put(field, value);
        }
    }

    private static void putTeacher(ObjectNode object, String teacher) {
        if (teacher.matches("\\d{1,3}")) {
            object.put(StepFields.TEACHER, Integer.parseInt(teacher));
        } else if (!teacher.equals(StepMetrics.NO_TEACHER)) {
            object.put(StepFields.TEACHER, teacher);
        }
    }

    private static String abbreviated(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
