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
        FamilyRules rules = family.rules();
        refuseUnsupported(rules);
        int hidden = fields.integer("hidden_size", 1, 1 << 20);
        int heads = fields.integer("num_attention_heads", 1, MAX_HEADS);
        int headDim = headDim(rules, hidden, heads);
        int vocabulary = fields.integer("vocab_size", 1, MAX_WIDTH);
        int positions = fields.integer("max_position_embeddings", 1, Integer.MAX_VALUE, rules.positions());
        boolean bias = bias(family);
        List<LayerShape> layers = layers(rules, heads);
        RopeReader ropes = new RopeReader(json, where, rules, positions);
        Architecture architecture =
                new ArchitectureReader(fields, rules).read(hidden, ropes.readLocal(), layers.size());
        double scale = architecture.embeddingScale();
        List<Integer> bos = fields.integers("bos_token_id", 0, MAX_WIDTH);
        return new LlamaConfig(
                family,
                vocabulary,
                hidden,
                headDim,
                layers,
                positions,
                fields.number("rms_norm_eps", 0, 1, rules.eps()) / (scale * scale),
                ropes.read(),
                fields.flag("tie_word_embeddings", rules.isTied()),
                rules.biases() == FamilyRules.Biases.QUERY_KEY_VALUE || bias,
                rules.biases() == FamilyRules.Biases.OPTIONAL && bias,
                architecture,
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

    private void refuseUnsupported(FamilyRules rules) {
        String field = rules.isGemma() ? "hidden_activation" : "hidden_act";
        String expected = rules.isGemma() ? "gelu_pytorch_tanh" : "silu";
        String activation = fields.text(field, expected);
        if (!activation.equals(expected)) {
            throw fields.refuse(field, activation, expected);
        }
        if (fields.flag("use_bidirectional_attention", false)) {
            throw fields.refuse("use_bidirectional_attention", true, "false: attention sees what is before alone");
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
        if (bias && family.rules().biases() == FamilyRules.Biases.NONE) {
            throw fields.refuse("attention_bias", true, "false: no " + family.modelType() + " model has biases");
        }
        return bias;
    }

    private int headDim(FamilyRules rules, int hidden, int heads) {
        // null is the hidden size over the heads, also where the family has a size of its own
        boolean own = rules.headDim() > 0 && !fields.isNull("head_dim");
        if (!fields.has("head_dim") && !own && hidden % heads != 0) {
            throw new UserError(where + ": hidden_size " + hidden + " is no multiple of num_attention_heads " + heads
                    + " and head_dim is not given.");
        }
        int headDim = fields.integer("head_dim", 1, MAX_HEADS, own ? rules.headDim() : hidden / heads);
        if (headDim % 2 != 0) {
            throw fields.refuse("head_dim", headDim, "an even number");
        }
        return headDim;
    }

    private List<LayerShape> layers(FamilyRules rules, int heads) {
        int count = fields.integer("num_hidden_layers", 1, MAX_LAYERS);
        int absent = rules.kvHeads(heads, json.has("num_key_value_heads"));
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
