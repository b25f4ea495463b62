package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LayerAttention.Rotation;
import java.util.ArrayList;
import java.util.List;

/**
 * Which layers of a config.json have a sliding window, and which turn their queries and keys, as the configuration
 * classes of transformers 5 have it.
 */
record AttentionReader(ConfigFields fields, FamilyRules rules, int layers) {
    private static final String TYPES = "layer_types";
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";
    private static final String UNTURNED = "no_rope_layers";

    List<LayerAttention> read() {
        List<Boolean> turned = turned();
        List<Boolean> sliding = sliding(turned);
        int window = sliding.contains(true) ? window() : 0;
        List<LayerAttention> found = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            boolean local = sliding.get(layer) && rules.localTheta() > 0;
            Rotation rotation = !turned.get(layer) ? Rotation.NONE : local ? Rotation.LOCAL : Rotation.MAIN;
            found.add(new LayerAttention(sliding.get(layer) ? window : 0, rotation));
        }
        return found;
    }

    private int window() {
        if (!fields.has("sliding_window") && (rules.window() == 0 || fields.isNull("sliding_window"))) {
            throw fields.refuse("sliding_window", "missing", "a number, since some layers have a sliding window");
        }
        return fields.integer("sliding_window", 1, Integer.MAX_VALUE, rules.window());
    }

    /** Layers whose queries and keys are turned by their positions. */
    private List<Boolean> turned() {
        List<Boolean> turned = new ArrayList<>();
        boolean some = rules.windows() == FamilyRules.Windows.WHERE_NOTHING_TURNS;
        int interval = some ? fields.integer("no_rope_layer_interval", 1, Integer.MAX_VALUE, 4) : 0;
        for (int layer = 0; layer < layers; layer++) {
            turned.add(!some || (layer + 1) % interval != 0);
        }
        if (!some || !fields.has(UNTURNED)) {
            return turned;
        }
        List<Integer> said = fields.integers(UNTURNED, 0, 1);
        if (said.size() != layers) {
            throw wrongLength(UNTURNED, said.size());
        }
        return said.stream().map(flag -> flag == 1).toList();
    }

    private List<Boolean> sliding(List<Boolean> turned) {
        boolean any =
                switch (rules.windows()) {
                    case NEVER -> false;
                    case ALWAYS ->
                        fields.has("sliding_window") || (rules.window() > 0 && !fields.isNull("sliding_window"));
                    case FROM_A_LAYER_ON ->
                        fields.flag("use_sliding_window", false) && !fields.isNull("sliding_window");
                    case WHERE_NOTHING_TURNS ->
                        fields.flag("use_sliding_window", false) && fields.has("sliding_window");
                    case ALTERNATING -> true;
                };
        boolean listed = rules.windows() != FamilyRules.Windows.NEVER
                && rules.windows() != FamilyRules.Windows.ALWAYS
                && fields.has(TYPES);
        if (listed) {
            return listed(any);
        }
        List<Boolean> sliding = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            sliding.add(any && slides(layer, turned.get(layer)));
        }
        return sliding;
    }

    private boolean slides(int layer, boolean turned) {
        return switch (rules.windows()) {
            case NEVER -> false;
            case ALWAYS -> true;
            case FROM_A_LAYER_ON -> layer >= fields.integer("max_window_layers", 0, Integer.MAX_VALUE, 28);
            case WHERE_NOTHING_TURNS -> !turned;
            case ALTERNATING -> (layer + 1) % rules.pattern(fields) != 0;
        };
    }

    /** @param any whether there may be windows at all */
    private List<Boolean> listed(boolean any) {
        JsonNode types = fields.node().get(TYPES);
        if (!types.isArray()) {
            throw fields.refuse(TYPES, types, "a list");
        }
        if (types.size() != layers) {
            throw wrongLength(TYPES, types.size());
        }
        List<Boolean> sliding = new ArrayList<>();
        for (JsonNode type : types) {
            String word = type.asText();
            if (!word.equals(FULL) && !word.equals(SLIDING)) {
                throw fields.refuse(TYPES, type, FULL + " or " + SLIDING + " in each layer");
            }
            if (word.equals(SLIDING) && !any) {
                throw fields.refuse(
                        TYPES, type, FULL + " in each layer, as use_sliding_window or sliding_window are not set");
            }
            sliding.add(word.equals(SLIDING));
        }
        return sliding;
    }

    private UserError wrongLength(String key, int found) {
        return fields.refuse(key, "a list of " + found, "one entry for each of " + layers + " layers");
    }
}
