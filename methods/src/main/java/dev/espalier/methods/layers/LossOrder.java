package dev.espalier.methods.layers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * Whose losses a piece of work measures: of the model without the layers {@code gone} and one of the {@code candidates} each.
 */
public record LossOrder(List<Integer> gone, List<Integer> candidates) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws IllegalArgumentException if it is none */
    public static LossOrder read(String json) {
        try {
            return JSON.readValue(json, LossOrder.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no order of losses: " + json, e);
        }
    }
}
