package dev.espalier.monitoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/** A step as one JSON object, and back. */
public final class StepLineFormat {
    private static final ObjectMapper JSON = new ObjectMapper();

    private StepLineFormat() {}

    /** The line of {@code metrics.jsonl}, without its end. */
    public static String write(StepLine line) {
        ObjectNode object = JSON.createObjectNode()
                .put(StepFields.TIME, line.time().toString())
                .put(StepFields.STAGE, line.stage())
                .put(StepFields.STEP, line.step())
                .put(StepFields.TOKENS, line.tokens());
        put(object, StepFields.SECONDS, line.seconds());
        put(object, StepFields.LOSS, line.loss());
        put(object, StepFields.LOSS_KL, line.kl());
        put(object, StepFields.LOSS_LAYERS, line.layers());
        put(object, StepFields.LOSS_LAGRANGIAN, line.lagrangian());
        put(object, StepFields.SPARSITY_EXPECTED, line.expectedSparsity());
        put(object, StepFields.SPARSITY_TARGET, line.targetSparsity());
        putTeacher(object, line.teacher());
        put(object, StepFields.LEARNING_RATE, line.learningRate());
        put(object, StepFields.GRADIENT_NORM, line.gradientNorm());
        put(object, StepFields.LOSS_VALIDATION, line.validation());
        return object.toString();
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
        return new StepLine(
                Instant.parse(object.required(StepFields.TIME).asText()),
                object.required(StepFields.STAGE).asText(),
                object.required(StepFields.STEP).asInt(),
                object.required(StepFields.TOKENS).asLong(),
                number(object, StepFields.SECONDS),
                number(object, StepFields.LOSS),
                number(object, StepFields.LOSS_KL),
                number(object, StepFields.LOSS_LAYERS),
                number(object, StepFields.LOSS_LAGRANGIAN),
                number(object, StepFields.SPARSITY_EXPECTED),
                number(object, StepFields.SPARSITY_TARGET),
                object.path(StepFields.TEACHER).asText(StepLine.NO_TEACHER),
                number(object, StepFields.LEARNING_RATE),
                number(object, StepFields.GRADIENT_NORM),
                number(object, StepFields.LOSS_VALIDATION));
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
        } else if (!teacher.equals(StepLine.NO_TEACHER)) {
            object.put(StepFields.TEACHER, teacher);
        }
    }

    private static double number(JsonNode object, String field) {
        return object.path(field).asDouble(Double.NaN);
    }

    private static String abbreviated(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
