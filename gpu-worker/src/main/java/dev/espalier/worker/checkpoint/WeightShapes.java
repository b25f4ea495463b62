package dev.espalier.worker.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tensors of a LLaMA-like model, by the names that transformers gives LLaMA's; {@link WeightPlaces} says where a family
 * stores them.
 */
public final class WeightShapes {
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    public static final String HEAD = "lm_head.weight";

    private WeightShapes() {}

    /**
     * Names and shapes of all tensors, in the order of the forward pass. Linear layers are [out, in]; pruned-away
     * blocks keep their tensors, with a zero dimension.
     */
    public static Map<String, long[]> of(LlamaConfig config) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        long hidden = config.hiddenSize();
        shapes.put(EMBEDDING, new long[] {config.vocabularySize(), hidden});
        for (int i = 0; i < config.layers().size(); i++) {
            layer(config, i, shapes);
        }
        shapes.put(FINAL_NORM, new long[] {hidden});
        if (!config.tiedEmbeddings()) {
            shapes.put(HEAD, new long[] {config.vocabularySize(), hidden});
        }
        return shapes;
    }

    private static void layer(LlamaConfig config, int index, Map<String, long[]> shapes) {
        LayerShape layer = config.layers().get(index);
        String prefix = "model.layers." + index + ".";
        long hidden = config.hiddenSize();
        long queries = (long) layer.queryHeads() * config.headDim();
        long keys = (long) layer.kvHeads() * config.headDim();
        long channels = layer.intermediate();
        Architecture architecture = config.architecture();
        if (architecture.norms().before()) {
            shapes.put(prefix + "input_layernorm.weight", new long[] {hidden});
        }
        linear(shapes, prefix + "self_attn.q_proj", queries, hidden, config.qkvBias());
        linear(shapes, prefix + "self_attn.k_proj", keys, hidden, config.qkvBias());
        linear(shapes, prefix + "self_attn.v_proj", keys, hidden, config.qkvBias());
        queryKeyNorms(config, prefix, queries, keys, shapes);
        linear(shapes, prefix + "self_attn.o_proj", hidden, queries, config.outputBias());
        if (architecture.norms().after()) {
            shapes.put(prefix + "self_attn.output_norm.weight", new long[] {hidden});
        }
        if (architecture.norms().before()) {
            shapes.put(prefix + "post_attention_layernorm.weight", new long[] {hidden});
        }
        linear(shapes, prefix + "mlp.gate_proj", channels, hidden, false);
        linear(shapes, prefix + "mlp.up_proj", channels, hidden, false);
        linear(shapes, prefix + "mlp.down_proj", hidden, channels, false);
        if (architecture.norms().after()) {
            shapes.put(prefix + "mlp.output_norm.weight", new long[] {hidden});
        }
    }

    private static void queryKeyNorms(
            LlamaConfig config, String prefix, long queries, long keys, Map<String, long[]> shapes) {
        Architecture.QueryKeyNorm over = config.architecture().queryKeyNorm();
        if (over != Architecture.QueryKeyNorm.NONE) {
            boolean all = over == Architecture.QueryKeyNorm.ALL;
            shapes.put(prefix + "self_attn.q_norm.weight", new long[] {all ? queries : config.headDim()});
            shapes.put(prefix + "self_attn.k_norm.weight", new long[] {all ? keys : config.headDim()});
        }
    }

    private static void linear(Map<String, long[]> shapes, String name, long out, long in, boolean bias) {
        shapes.put(name + ".weight", new long[] {out, in});
        if (bias) {
            shapes.put(name + ".bias", new long[] {out});
        }
    }
}
