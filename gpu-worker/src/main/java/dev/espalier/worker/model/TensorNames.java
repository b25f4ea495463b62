package dev.espalier.worker.model;

import dev.espalier.worker.checkpoint.WeightShapes;
import java.util.Arrays;
import java.util.List;

/** The order of a layer's tensors in kernels, and their names in Hugging Face checkpoints. */
public final class TensorNames {
    public static final String EMBEDDING = WeightShapes.EMBEDDING;
    public static final String NORM = WeightShapes.FINAL_NORM;
    public static final String HEAD = WeightShapes.HEAD;

    /** Projections that can carry LoRA, in kernel order. */
    public static final List<String> PROJECTIONS = List.of("q", "k", "v", "o", "gate", "up", "down");

    /** Stored tensors of a layer in kernel order; the four biases may be absent. */
    static final List<String> LAYER = List.of(
            "input_layernorm.weight",
            "self_attn.q_proj.weight",
            "self_attn.k_proj.weight",
            "self_attn.v_proj.weight",
            "self_attn.o_proj.weight",
            "post_attention_layernorm.weight",
            "mlp.gate_proj.weight",
            "mlp.up_proj.weight",
            "mlp.down_proj.weight",
            "self_attn.q_proj.bias",
            "self_attn.k_proj.bias",
            "self_attn.v_proj.bias",
            "self_attn.o_proj.bias");

    /** Tensors of a layer in kernels: the stored ones and the KV map. */
    public static final int STRIDE = LAYER.size() + 1;

    public static final int LORA_STRIDE = 2 * PROJECTIONS.size();

    /** Index of each projection's weight within a layer. */
    private static final int[] PROJECTION_AT = {1, 2, 3, 4, 6, 7, 8};

    private TensorNames() {}

    public static String layer(int layer, int slot) {
        return "model.layers." + layer + "." + LAYER.get(slot);
    }

    public static int slot(int projection) {
        return PROJECTION_AT[projection];
    }

    static boolean isProjection(int slot) {
        return Arrays.stream(PROJECTION_AT).anyMatch(at -> at == slot);
    }
}
