package dev.espalier.methods.layers.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.state.Measured;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the stage's work has measured so far, as its journal has it.
 *
 * @param layers of the model; 0 before it was looked at
 * @param influence of each layer; empty if not asked for
 * @param angles of each run; empty if not asked for
 * @param sizes of each layer; empty if not asked for
 * @param losses by the layers that are gone, then by the one that is gone besides
 */
record Known(
        int layers,
        List<Double> influence,
        List<Double> angles,
        List<Double> sizes,
        Map<List<Integer>, Map<Integer, Double>> losses) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Known of(List<Measured> measured) {
        int layers = 0;
        List<Double> influence = List.of();
        List<Double> angles = List.of();
        List<Double> sizes = List.of();
        Map<List<Integer>, Map<Integer, Double>> losses = new HashMap<>();
        for (Measured one : measured) {
            JsonNode json = parsed(one.json());
            if (one.leg().equals(LayersPolicy.LOOK)) {
                layers = json.path("layers").asInt();
                influence = numbers(json.path("influence"));
                angles = numbers(json.path("angles"));
                sizes = numbers(json.path("sizes"));
            } else if (json.has("losses")) {
                List<Integer> gone = new ArrayList<>();
                json.path("gone").forEach(layer -> gone.add(layer.asInt()));
                Map<Integer, Double> found = losses.computeIfAbsent(gone, none -> new TreeMap<>());
                json.path("losses")
                        .properties()
                        .forEach(loss -> found.put(Integer.valueOf(loss.getKey()), number(loss.getValue())));
            }
        }
        return new Known(layers, influence, angles, sizes, losses);
    }

    private static List<Double> numbers(JsonNode array) {
        List<Double> numbers = new ArrayList<>();
        array.forEach(number -> numbers.add(number(number)));
        return numbers;
    }

    /** JSON has no number that is none: null stands for it. */
    private static double number(JsonNode number) {
        return number.isNumber() ? number.asDouble() : Double.NaN;
    }

    private static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the journal holds measurements that were checked to be JSON", e);
        }
    }
}
