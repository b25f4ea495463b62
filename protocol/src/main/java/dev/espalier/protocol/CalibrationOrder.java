package dev.espalier.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a calibration pass is told.
 *
 * @param metrics names of those whose scores are wanted; none: as many as the worker knows
 */
public record CalibrationOrder(List<String> metrics) {
    private static final String METRICS = "metrics";
    private static final ObjectMapper JSON = new ObjectMapper();

    public CalibrationOrder {
        metrics = List.copyOf(metrics);
    }

    public String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode names = json.putArray(METRICS);
        metrics.forEach(names::add);
        return json.toString();
    }

    /** What {@link #json} wrote; earlier versions wrote nothing. */
    public static CalibrationOrder read(String json) {
        try {
            List<String> metrics = new ArrayList<>();
            for (JsonNode name : JSON.readTree(json).path(METRICS)) {
                metrics.add(name.textValue());
            }
            return new CalibrationOrder(metrics);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no order of a calibration pass: " + json, e);
        }
    }
}
