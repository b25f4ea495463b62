package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.safetensors.Dtype;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/** {@link LlamaConfig} to config.json. */
final class LlamaConfigWriter {
    private LlamaConfigWriter() {}

    static ObjectNode write(LlamaConfig config, Dtype dtype) {
        ObjectNode json = config.original();
        json.put("vocab_size", config.vocabularySize());
        json.put("hidden_size", config.hiddenSize());
        json.put("head_dim", config.headDim());
        json.put("num_hidden_layers", config.layers().size());
        json.put("num_attention_heads", max(config, LayerShape::queryHeads));
        json.put("num_key_value_heads", max(config, LayerShape::kvHeads));
        json.put("intermediate_size", max(config, LayerShape::intermediate));
        json.put("rms_norm_eps", config.innerNormEps());
        json.put("tie_word_embeddings", config.tiedEmbeddings());
        json.put("torch_dtype", dtype.torchName());
        if (json.has("dtype")) {
            json.put("dtype", dtype.torchName());
        }
        if (json.path("layer_types").size() != config.layers().size()) {
            // transformers fills it in again, and refuses one of another length
            json.remove("layer_types");
        }
        writeAttention(config, json);
        json.remove(LlamaConfigReader.RAGGED_SHAPES);
        json.remove(LlamaConfigReader.RAGGED_FAMILY);
        if (config.isUniform()) {
            json.put("model_type", config.family().modelType());
            json.putArray("architectures").add(config.family().architecture());
        } else {
            json.put("model_type", LlamaConfigReader.RAGGED_TYPE);
            json.putArray("architectures").add(LlamaConfigReader.RAGGED_ARCHITECTURE);
            json.put(LlamaConfigReader.RAGGED_FAMILY, config.family().modelType());
            writeShapes(config, json.putArray(LlamaConfigReader.RAGGED_SHAPES));
        }
        return json;
    }

    /** What each layer's attention does, where the family can say it layer by layer. */
    private static void writeAttention(LlamaConfig config, ObjectNode json) {
        FamilyRules.Windows windows = config.family().rules().windows();
        List<LayerAttention> layers = config.architecture().layers();
        boolean any = layers.stream().anyMatch(layer -> layer.window() > 0);
        if (windows == FamilyRules.Windows.ALTERNATING
                || ((any || json.path("use_sliding_window").asBoolean())
                        && windows != FamilyRules.Windows.ALWAYS
                        && windows != FamilyRules.Windows.NEVER)) {
            ArrayNode types = json.putArray("layer_types");
            layers.forEach(layer -> types.add(layer.window() > 0 ? "sliding_attention" : "full_attention"));
        }
        if (windows == FamilyRules.Windows.WHERE_NOTHING_TURNS) {
            ArrayNode turned = json.putArray("no_rope_layers");
            layers.forEach(layer -> turned.add(layer.rotation() == LayerAttention.Rotation.NONE ? 0 : 1));
        }
    }

    /** What tells of single layers, with those that stay. */
    static ObjectNode keeping(ObjectNode original, int layers, int[] kept) {
        ObjectNode json = original.deepCopy();
        JsonNode types = json.path("layer_types");
        if (types.isArray() && types.size() == layers) {
            ArrayNode left = json.putArray("layer_types");
            Arrays.stream(kept).forEach(layer -> left.add(types.get(layer)));
        }
        JsonNode windowed = json.path("max_window_layers");
        if (windowed.isIntegralNumber()) {
            // the layers from this one on have a window
            long before = Arrays.stream(kept)
                    .filter(layer -> layer < windowed.asInt())
                    .count();
            json.put("max_window_layers", before + Math.max(0, windowed.asInt() - layers));
        }
        return json;
    }

    /** At least 1, which the reader demands: a maximum of 0 only means that pruning took everything everywhere. */
    private static int max(LlamaConfig config, ToIntFunction<LayerShape> count) {
        return Math.max(1, config.layers().stream().mapToInt(count).max().orElse(1));
    }

    private static void writeShapes(LlamaConfig config, ArrayNode into) {
        for (LayerShape layer : config.layers()) {
            ObjectNode shape = into.addObject();
            shape.put("query_heads", layer.queryHeads());
            shape.put("kv_heads", layer.kvHeads());
            shape.put("intermediate", layer.intermediate());
            if (layer.kvMap() != null) {
                layer.kvMap().forEach(shape.putArray("kv_map")::add);
            }
        }
    }
}
