package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** config.json to {@link LlamaConfig}; field names, defaults and meanings are those of transformers. */
final class LlamaConfigReader {
    /** The model_type of models whose layers differ in shape. */
    static final String RAGGED_TYPE = "espalier_llama";

    static final String RAGGED_ARCHITECTURE = "EspalierLlamaForCausalLM";
    static final String RAGGED_FAMILY = "espalier_family";
    static final String RAGGED_SHAPES = "espalier_shapes";

    private static final int MAX_WIDTH = 1 << 24;
    private static final int MAX_HEADS = 1 << 16;
    private static final int MAX_LAYERS = 4096;

    private final ObjectNode json;
    private final String where;
    private final ConfigFields fields;

    LlamaConfigReader(ObjectNode json, String where) {
        this.json = json;
        this.where = where;
        this.fields = new ConfigFields(json, where);
    }

    LlamaConfig read() {
        Family family = family();
        refuseUnsupported();
        int hidden = fields.integer("hidden_size", 1, 1 << 20);
        int heads = fields.integer("num_attention_heads", 1, MAX_HEADS);
        int headDim = headDim(hidden, heads);
        int vocabulary = fields.integer("vocab_size", 1, MAX_WIDTH);
        boolean bias = bias(family);
        List<Integer> bos = fields.integers("bos_token_id", 0, MAX_WIDTH);
        return new LlamaConfig(
                family,
                vocabulary,
                hidden,
                headDim,
                layers(family, heads),
                maxPositions(family),
                fields.number("rms_norm_eps", 0, 1, 1e-6),
                new RopeReader(json, where, positions(family)).read(),
                fields.flag("tie_word_embeddings", false),
                family == Family.QWEN2 || bias,
                family == Family.LLAMA && bias,
                bos.isEmpty() ? null : bos.get(0),
                fields.integers("eos_token_id", 0, MAX_WIDTH),
                json);
    }

    private Family family() {
        String type = fields.text("model_type", "");
        boolean ragged = type.equals(RAGGED_TYPE);
        if (ragged != fields.has(RAGGED_SHAPES)) {
            throw new UserError(where + ": " + RAGGED_SHAPES + " belongs to model_type " + RAGGED_TYPE
                    + " and only to it, but model_type is '" + type + "'.");
        }
        String name = ragged ? fields.text(RAGGED_FAMILY, "") : type;
        return Family.of(name)
                .orElseThrow(() -> new UserError(where + ": " + (ragged ? RAGGED_FAMILY : "model_type") + " '" + name
                        + "' is not supported. Supported are " + Family.supported() + "."));
    }

    private void refuseUnsupported() {
        String activation = fields.text("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw fields.refuse("hidden_act", activation, "silu");
        }
        if (fields.flag("mlp_bias", false)) {
            throw fields.refuse("mlp_bias", true, "false: biases in the FFN are not supported");
        }
        if (fields.flag("rope_interleaved", false)) {
            throw fields.refuse("rope_interleaved", true, "false: interleaved rotation is not supported");
        }
        for (String key : List.of("quantization_config", "compression_config")) {
            if (fields.has(key)) {
                throw new UserError(where + " describes a quantised model (" + key + ")."
                        + " Give the unquantised one, in F32, F16 or BF16.");
            }
        }
    }

    private boolean bias(Family family) {
        boolean bias = fields.flag("attention_bias", false);
        if (bias && family == Family.MISTRAL) {
            throw fields.refuse("attention_bias", true, "false: no mistral model has biases");
        }
        return bias;
    }

    private int headDim(int hidden, int heads) {
        if (!fields.has("head_dim") && hidden % heads != 0) {
            throw new UserError(where + ": hidden_size " + hidden + " is no multiple of num_attention_heads " + heads
                    + " and head_dim is not given.");
        }
        int headDim = fields.integer("head_dim", 1, MAX_HEADS, hidden / heads);
        if (headDim % 2 != 0) {
            throw fields.refuse("head_dim", headDim, "an even number");
        }
        return headDim;
    }

    /** Within a sliding window attention is ordinary, so the window bounds what we can compute. */
    private int maxPositions(Family family) {
        int positions = positions(family);
        // Mistral does not know use_sliding_window, whatever it says: null for sliding_window switches it off
        boolean sliding =
                switch (family) {
                    case LLAMA -> false;
                    case MISTRAL -> true;
                    case QWEN2 -> fields.flag("use_sliding_window", false);
                };
        if (!sliding || json.path("sliding_window").isNull()) {
            return positions;
        }
        return Math.min(positions, fields.integer("sliding_window", 1, Integer.MAX_VALUE, Family.SLIDING_WINDOW));
    }

    private int positions(Family family) {
        return fields.integer("max_position_embeddings", 1, Integer.MAX_VALUE, family.defaultMaxPositions());
    }

    private List<LayerShape> layers(Family family, int heads) {
        int count = fields.integer("num_hidden_layers", 1, MAX_LAYERS);
        int absent = json.has("num_key_value_heads") ? heads : family.defaultKvHeads(heads);
        int kvHeads = fields.integer("num_key_value_heads", 1, heads, absent);
        int intermediate = fields.integer("intermediate_size", 1, MAX_WIDTH);
        if (!fields.has(RAGGED_SHAPES)) {
            if (heads % kvHeads != 0) {
                throw fields.refuse("num_key_value_heads", kvHeads, "a divisor of num_attention_heads " + heads);
            }
            return Collections.nCopies(count, new LayerShape(heads, kvHeads, intermediate));
        }
        JsonNode shapes = json.get(RAGGED_SHAPES);
        if (!shapes.isArray() || shapes.size() != count) {
            throw fields.refuse(
                    RAGGED_SHAPES,
                    "of " + shapes.size() + " entries",
                    "a list of one entry for each of " + count + " layers");
        }
        List<LayerShape> layers = new ArrayList<>();
        for (JsonNode shape : shapes) {
            layers.add(layer(
                    layers.size(),
                    new ConfigFields(shape, where + ": " + RAGGED_SHAPES + "[" + layers.size() + "]"),
                    heads,
                    kvHeads,
                    intermediate));
        }
        return layers;
    }

    private static LayerShape layer(int index, ConfigFields shape, int maxHeads, int maxKvHeads, int maxIntermediate) {
        int queryHeads = shape.integer("query_heads", 0, maxHeads);
        int kvHeads = shape.integer("kv_heads", 0, maxKvHeads);
        int intermediate = shape.integer("intermediate", 0, maxIntermediate);
        List<Integer> kvMap = shape.has("kv_map") ? shape.integers("kv_map", 0, maxKvHeads) : null;
        try {
            return new LayerShape(queryHeads, kvHeads, intermediate, kvMap);
        } catch (IllegalArgumentException e) {
            throw new UserError(shape.where() + " (layer " + index + "): " + e.getMessage() + ".", e);
        }
    }
}
