package dev.espalier.worker.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/** The tensors of a LLaMA-like checkpoint, by the names that transformers gives them. */
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
        shapes.put(prefix + "input_layernorm.weight", new long[] {hidden});
        linear(shapes, prefix + "self_attn.q_proj", queries, hidden, config.qkvBias());
        linear(shapes, prefix + "self_attn.k_proj", keys, hidden, config.qkvBias());
        linear(shapes, prefix + "self_attn.v_proj", keys, hidden, config.qkvBias());
        linear(shapes, prefix + "self_attn.o_proj", hidden, queries, config.outputBias());
        shapes.put(prefix + "post_attention_layernorm.weight", new long[] {hidden});
        linear(shapes, prefix + "mlp.gate_proj", channels, hidden, false);
        linear(shapes, prefix + "mlp.up_proj", channels, hidden, false);
        linear(shapes, prefix + "mlp.down_proj", hidden, channels, false);
    }

    private static void linear(Map<String, long[]> shapes, String name, long out, long in, boolean bias) {
        shapes.put(name + ".weight", new long[] {out, in});
        if (bias) {
            shapes.put(name + ".bias", new long[] {out});
        }
    }
}
