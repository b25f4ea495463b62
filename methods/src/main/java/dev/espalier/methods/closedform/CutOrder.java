package dev.espalier.methods.closedform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * How many units go of each layer, whichever these are.
 *
 * @param heads head units of each layer; empty: none
 * @param channels FFN channels of each layer; empty: none
 * @param predicted what their going adds to the loss, nats a token, if layers did not mind each other
 */
public record CutOrder(List<Integer> heads, List<Integer> channels, double predicted) {
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
