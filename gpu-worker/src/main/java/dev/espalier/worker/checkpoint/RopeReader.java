package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;

/**
 * Reads rotary embedding parameters in both spellings: {@code rope_theta} and {@code rope_scaling} of transformers 4,
 * {@code rope_parameters} of transformers 5.
 *
 * @param maxPositions max_position_embeddings, which scaling takes for the trained length where that is not said
 */
record RopeReader(ObjectNode json, String where, FamilyRules rules, int maxPositions) {
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";

    /** That of layers with a window, or null where they have none of their own. */
    Rope readLocal() {
        if (rules.localTheta() == 0) {
            return null;
        }
        ConfigFields top = new ConfigFields(json, where);
        double theta = top.number("rope_local_base_freq", 0, 1e15, rules.localTheta());
        return top.has("rope_parameters") ? nested(top, SLIDING, theta) : Rope.unscaled(theta);
    }

    /** That of the other layers where each kind has its own: {@code rope_scaling} over {@code rope_parameters}. */
    private Rope readFull(ConfigFields top) {
        double theta = top.number("rope_theta", 0, 1e15, rules.theta());
        if (top.has("rope_scaling")) {
            if (top.has("rope_parameters")) {
                throw top.refuse("rope_scaling", json.get("rope_scaling"), "absent beside rope_parameters");
            }
            return of(object(top, "rope_scaling"), theta);
        }
        return top.has("rope_parameters") ? nested(top, FULL, theta) : Rope.unscaled(theta);
    }

    private Rope nested(ConfigFields top, String kind, double theta) {
        ConfigFields kinds = object(top, "rope_parameters");
        for (JsonNode value : kinds.node()) {
            if (!value.isObject() && !value.isNull()) {
                throw top.refuse("rope_parameters", kinds.node(), "an object with " + FULL + " and " + SLIDING);
            }
        }
        return kinds.has(kind) ? of(object(kinds, kind), theta) : Rope.unscaled(theta);
    }

    private static ConfigFields object(ConfigFields parent, String key) {
        if (!parent.node().get(key).isObject()) {
            throw parent.refuse(key, parent.node().get(key), "an object");
        }
        return new ConfigFields(parent.node().get(key), parent.where() + ": " + key);
    }

    Rope read() {
        ConfigFields top = new ConfigFields(json, where);
        requireWhole(top);
        if (rules.localTheta() > 0) {
            return readFull(top);
        }
        // the older spelling beats the newer one, unless it is empty (PreTrainedConfig.convert_rope_params_to_dict)
        String key = top.has("rope_scaling") && !json.get("rope_scaling").equals(json.objectNode())
                ? "rope_scaling"
                : "rope_parameters";
        double theta = top.number("rope_theta", 0, 1e15, rules.theta());
        if (!top.has(key)) {
            return Rope.unscaled(theta);
        }
        ConfigFields rope = object(top, key);
        for (JsonNode value : json.get(key)) {
            if (value.isObject()) {
                throw top.refuse(key, json.get(key), "the same for all layers");
            }
        }
        return of(rope, theta);
    }

    private Rope of(ConfigFields rope, double otherwise) {
        double theta = rope.number("rope_theta", 0, 1e15, otherwise);
        requireWhole(rope);
        String type = rope.text("rope_type", rope.text("type", "default"));
        if (rules.isRopeUnscaled() && !type.equals("default")) {
            throw refused(rope, type, "default");
        }
        return switch (type) {
            case "default" -> Rope.unscaled(theta);
            case "linear" -> new Rope(theta, Rope.Kind.LINEAR, factor(rope), 1, 1, 0);
            case "dynamic" -> {
                factor(rope);
                yield Rope.unscaled(theta);
            }
            case "llama3" -> llama3(theta, rope);
            case "yarn" -> yarn(theta, rope);
            default -> throw refused(rope, type, "default, linear, dynamic, llama3 or yarn");
        };
    }

    private static UserError refused(ConfigFields rope, String type, String expected) {
        return rope.refuse("rope_type", type, expected + ": other rotations are not supported");
    }

    private Rope yarn(double theta, ConfigFields rope) {
        int original = rope.integer("original_max_position_embeddings", 1, Integer.MAX_VALUE, maxPositions);
        double factor = rope.isNull("factor") ? (double) maxPositions / original : factor(rope);
        double slow = rope.number("beta_slow", 0, 1e9, 1);
        double fast = rope.number("beta_fast", 0, 1e9, 32);
        if (slow >= fast) {
            throw rope.refuse("beta_slow", slow, "less than beta_fast " + fast);
        }
        if (theta <= 1) {
            throw rope.refuse("rope_theta", theta, "more than 1");
        }
        boolean whole = rope.flag("truncate", true);
        return new Rope(theta, Rope.Kind.YARN, factor, slow, fast, original, magnitude(rope, factor), whole);
    }

    private static double magnitude(ConfigFields rope, double factor) {
        double scale = rope.number("mscale", -1e-9, 1e9, 0);
        double ofAll = rope.number("mscale_all_dim", -1e-9, 1e9, 0);
        double inferred =
                scale > 0 && ofAll > 0 ? magnitude(factor, scale) / magnitude(factor, ofAll) : magnitude(factor, 1);
        return rope.number("attention_factor", 0, 1e9, inferred);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
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
