package dev.espalier.methods.layers;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * Which layers go.
 *
 * @param layers ascending
 * @param alike whether nothing told them from others, so that the choice means nothing
 */
public record CutOrder(List<Integer> layers, boolean alike) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public String json() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws IllegalArgumentException if it is none */
    public static CutOrder read(String json) {
        try {
            return JSON.readValue(json, CutOrder.class);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("no order to cut: " + json, e);
        }
    }
}
