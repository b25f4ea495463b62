package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Reads rotary embedding parameters in both spellings: {@code rope_theta} and {@code rope_scaling} of transformers 4,
 * {@code rope_parameters} of transformers 5.
 *
 * @param maxPositions max_position_embeddings, which scaling takes for the trained length where that is not said
 */
record RopeReader(ObjectNode json, String where, int maxPositions) {
    private static final double DEFAULT_THETA = 10_000;

    Rope read() {
        ConfigFields top = new ConfigFields(json, where);
        requireWhole(top);
        // the older spelling beats the newer one, unless it is empty (PreTrainedConfig.convert_rope_params_to_dict)
        String key = top.has("rope_scaling") && !json.get("rope_scaling").equals(json.objectNode())
                ? "rope_scaling"
                : "rope_parameters";
        double theta = top.number("rope_theta", 0, 1e15, DEFAULT_THETA);
        if (!top.has(key)) {
            return Rope.unscaled(theta);
        }
        if (!json.get(key).isObject()) {
            throw top.refuse(key, json.get(key), "an object");
        }
        ConfigFields rope = new ConfigFields(json.get(key), where + ": " + key);
        theta = rope.number("rope_theta", 0, 1e15, theta);
        requireWhole(rope);
        for (JsonNode value : json.get(key)) {
            if (value.isObject()) {
                throw top.refuse(key, json.get(key), "the same for all layers");
            }
        }
        String type = rope.text("rope_type", rope.text("type", "default"));
        return switch (type) {
            case "default" -> Rope.unscaled(theta);
            case "linear" -> new Rope(theta, Rope.Kind.LINEAR, factor(rope), 1, 1, 0);
            case "llama3" -> llama3(theta, rope);
            default -> throw rope.refuse("rope_type", type, "default, linear or llama3");
        };
    }

    private static void requireWhole(ConfigFields fields) {
        if (fields.number("partial_rotary_factor", 0, 2, 1) != 1) {
            throw fields.refuse("partial_rotary_factor", fields.node().get("partial_rotary_factor"), "1");
        }
    }

    private Rope llama3(double theta, ConfigFields rope) {
        double low = required(rope, "low_freq_factor");
        double high = required(rope, "high_freq_factor");
        if (low >= high) {
            throw rope.refuse("low_freq_factor", low, "less than high_freq_factor " + high);
        }
        int original = rope.integer("original_max_position_embeddings", 1, Integer.MAX_VALUE, maxPositions);
        return new Rope(theta, Rope.Kind.LLAMA3, factor(rope), low, high, original);
    }

    private static double factor(ConfigFields rope) {
        double factor = required(rope, "factor");
        if (factor < 1) {
            throw rope.refuse("factor", factor, "1 or more");
        }
        return factor;
    }

    private static double required(ConfigFields rope, String key) {
        if (!rope.has(key)) {
            throw rope.refuse(key, "missing", "a number");
        }
        return rope.number(key, 0, 1e9, 0);
    }
}
