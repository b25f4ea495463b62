package dev.espalier.worker.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Architecture;
import dev.espalier.worker.checkpoint.Architecture.Norms;
import dev.espalier.worker.checkpoint.Architecture.QueryKeyNorm;
import dev.espalier.worker.checkpoint.LayerAttention.Rotation;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Rope;
import dev.espalier.worker.layout.PlacedModel;
import dev.espalier.worker.layout.Placement;
import java.util.ArrayList;
import java.util.List;

/**
 * A model as {@code DeciLMForCausalLM} of the type {@code nemotron-nas}, the format of NVIDIA's Llama-Nemotron models
 * (Bercovich et al., "Puzzle", arXiv 2411.19146): config.json has a block_configs entry for each layer. Query heads are as
 * many in every layer; KV heads, channels and whether there is attention or an FFN at all go by layer; channels are
 * multiples of 256. The code of the class is not written: vLLM and others have their own.
 */
final class NemotronNas {
    private static final int MULTIPLE = 256;
    private static final double MILLION = 1e6;

    /** Of a folder whose layers differ, of attention by layer, and what block_configs tells instead. */
    private static final List<String> GONE = List.of(
            "espalier_family",
            "espalier_shapes",
            "dtype",
            "layer_types",
            "no_rope_layers",
            "no_rope_layer_interval",
            "sliding_window",
            "use_sliding_window",
            "max_window_layers");

    private NemotronNas() {}

    /** @throws UserError if the format has no place for something of the model */
    static PlacedModel place(LlamaConfig config) {
        List<String> more = beyondLlama(config);
        if (!more.isEmpty()) {
            throw new UserError("nemotron-nas is LLaMA's arithmetic and has no place for what this "
                    + config.family().modelType() + " model has besides (" + String.join(", ", more)
                    + "): take nemotron-nas out of the formats; hf-padded holds it");
        }
        return PlacedModel.byLayer(config, MULTIPLE);
    }

    private static List<String> beyondLlama(LlamaConfig config) {
        Architecture architecture = config.architecture();
        List<String> more = new ArrayList<>();
        add(more, config.qkvBias() != config.outputBias(), "biases on q, k and v but none on o");
        add(more, architecture.queryKeyNorm() != QueryKeyNorm.NONE, "norms of queries and keys");
        add(more, architecture.norms() != Norms.BEFORE, "norms of what sub-blocks give");
        add(more, architecture.normOffset() != 0, "norms that multiply by 1 + w");
        add(more, architecture.gelu(), "GELU");
        add(more, architecture.embeddingScale() != 1, "a multiplier of the embedding");
        add(more, architecture.residualScale() != 1, "a multiplier of the residual stream");
        add(more, architecture.scoreScale() != 0, "a multiplier of attention scores");
        add(more, architecture.logitScale() != 1, "a divisor of logits");
        add(more, architecture.scoreCap() != 0 || architecture.logitCap() != 0, "caps of scores or logits");
        add(
                more,
                architecture.layers().stream().anyMatch(layer -> layer.rotation() != Rotation.MAIN),
                "layers with another rotation or none");
        return more;
    }

    private static void add(List<String> more, boolean has, String what) {
        if (has) {
            more.add(what);
        }
    }

    /** config.json. */
    static ObjectNode config(ModelFolder folder, PlacedModel model) {
        LlamaConfig config = model.config();
        ObjectNode json = config.original();
        json.put("model_type", "nemotron-nas");
        json.putArray("architectures").add("DeciLMForCausalLM");
        json.put("vocab_size", config.vocabularySize());
        json.put("hidden_size", config.hiddenSize());
        json.put("head_dim", config.headDim());
        json.put("hidden_act", "silu");
        json.put("num_hidden_layers", config.layers().size());
        json.put("num_attention_heads", model.layers().get(0).queries().size());
        json.putNull("num_key_value_heads");
        json.putNull("intermediate_size");
        json.put("attention_bias", config.qkvBias());
        // it knows no windows
        json.put("max_position_embeddings", config.ordinaryPositions());
        json.put("rms_norm_eps", config.normEps());
        json.put("tie_word_embeddings", config.tiedEmbeddings());
        json.put("torch_dtype", PlacedFolder.dtype(folder).torchName());
        json.remove(GONE);
        explicit(json, config.rope());
        ArrayNode blocks = json.putArray("block_configs");
        for (Placement layer : model.layers()) {
            ObjectNode block = blocks.addObject();
            attention(block.putObject("attention"), layer);
            ffn(block.putObject("ffn"), layer, config.hiddenSize());
        }
        return json;
    }

    /** What the model's family or its number of positions says where config.json does not, the format's loaders do not know. */
    private static void explicit(ObjectNode json, Rope rope) {
        boolean older = json.path("rope_scaling").isObject()
                && !json.path("rope_scaling").isEmpty();
        JsonNode scaling = json.path(older ? "rope_scaling" : "rope_parameters");
        if (!json.hasNonNull("rope_theta") && !scaling.hasNonNull("rope_theta")) {
            json.put("rope_theta", rope.theta());
        }
        if (scaling instanceof ObjectNode stretched && rope.originalMaxPositions() > 0) {
            stretched.put("factor", rope.factor());
            stretched.put("original_max_position_embeddings", rope.originalMaxPositions());
            if (rope.kind() == Rope.Kind.YARN) {
                stretched.put("attention_factor", rope.magnitude());
            }
        }
    }

    /** KV heads and channels stand in both of the schema's spellings; loaders leave out fields that they do not know. */
    private static void attention(ObjectNode attention, Placement layer) {
        int kvs = layer.kvs().size();
        if (kvs == 0) {
            attention.putNull("n_heads_in_group");
            attention.putNull("num_key_value_heads");
        } else {
            attention.put("n_heads_in_group", layer.queries().size() / kvs);
            attention.put("num_key_value_heads", kvs);
        }
        attention.put("no_op", kvs == 0);
        attention.putNull("num_sink_tokens");
        attention.put("replace_with_linear", false);
        attention.putNull("sparsify");
        attention.put("unshifted_sink", false);
        attention.put("use_prefill_window_in_sink_attention", false);
        attention.putNull("window_length");
    }

    private static void ffn(ObjectNode ffn, Placement layer, int hidden) {
        if (layer.channels() == 0) {
            ffn.putNull("ffn_mult");
            ffn.putNull("intermediate_size");
        } else {
            ffn.put("ffn_mult", multiplier(layer.channels(), hidden));
            ffn.put("intermediate_size", layer.channels());
        }
        ffn.put("no_op", layer.channels() == 0);
        ffn.put("replace_with_linear", false);
        ffn.putNull("sparsify");
    }

    /** Loaders round int(2 * ffn_mult * hidden / 3) up to a multiple of 256. */
    static double multiplier(int channels, int hidden) {
        return Math.round(3.0 * channels / (2.0 * hidden) * MILLION) / MILLION;
    }
}
