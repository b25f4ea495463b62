package dev.espalier.methods.masked;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a slice measured, step by step: all that a worker returns. Of which mask a loss is follows from its place, since masks
 * follow from the run's seed, the step and their number in it.
 */
public final class Losses {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STEPS = "steps";
    private static final String MASKS = "masks";
    private static final String INTACT = "intact";

    private Losses() {}

    /**
     * Of one step, nats a predicted token; NaN where a loss was not finite.
     *
     * @param masks of each mask drawn, in the order of their numbers
     * @param intact of the intact model on each sequence; empty if not asked for
     */
    public record OfStep(float[] masks, float[] intact) {
        /** Of all masks whose loss is a number; NaN if none is. */
        public double mean() {
            double sum = 0;
            int count = 0;
            for (float loss : masks) {
                if (Float.isFinite(loss)) {
                    sum += loss;
                    count++;
                }
            }
            return sum / count;
        }
    }

    public static ObjectNode json(List<OfStep> steps) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode array = json.putArray(STEPS);
        for (OfStep step : steps) {
            ObjectNode object = array.addObject();
            put(object.putArray(MASKS), step.masks());
            if (step.intact().length > 0) {
                put(object.putArray(INTACT), step.intact());
            }
        }
        return json;
    }

    /** JSON has no number that is none: null stands for it. */
    private static void put(ArrayNode array, float[] losses) {
        for (float loss : losses) {
            if (Float.isFinite(loss)) {
                array.add(loss);
            } else {
                array.addNull();
            }
        }
    }

    /** @throws IllegalArgumentException if it is none */
    public static List<OfStep> read(String json) {
        try {
            List<OfStep> steps = new ArrayList<>();
            JSON.readTree(json)
                    .path(STEPS)
                    .forEach(step -> steps.add(new OfStep(floats(step.path(MASKS)), floats(step.path(INTACT)))));
            return steps;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("they are no losses", e);
        }
    }

    private static float[] floats(JsonNode array) {
        float[] floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            JsonNode number = array.get(i);
            floats[i] = number.isNumber() ? Float.parseFloat(number.asText()) : Float.NaN;
        }
        return floats;
    }
}
