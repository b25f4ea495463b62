package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Place of a tensor among those of its layer, in the order that the kernels take them. H query heads on K KV heads of e
 * channels each, hidden size d, I FFN channels; linear weights are [out, in].
 */
public enum Slot {
    /** Before attention [d], empty in families that norm only what sub-blocks give. */
    NORM1("input_layernorm.weight"),
    /** [H*e, d] */
    Q("self_attn.q_proj.weight"),
    /** [K*e, d] */
    K("self_attn.k_proj.weight"),
    /** [K*e, d] */
    V("self_attn.v_proj.weight"),
    /** [d, H*e] */
    O("self_attn.o_proj.weight"),
    /** Before the FFN [d], or empty. */
    NORM2("post_attention_layernorm.weight"),
    /** [I, d] */
    GATE("mlp.gate_proj.weight"),
    /** [I, d] */
    UP("mlp.up_proj.weight"),
    /** [d, I] */
    DOWN("mlp.down_proj.weight"),
    /** [H*e], empty in most families, as the other biases */
    Q_BIAS("self_attn.q_proj.bias"),
    /** [K*e] */
    K_BIAS("self_attn.k_proj.bias"),
    /** [K*e] */
    V_BIAS("self_attn.v_proj.bias"),
    /** [d] */
    O_BIAS("self_attn.o_proj.bias"),
    /** KV head of each query head [H], int64; empty where heads follow each other evenly. Not in checkpoints. */
    KV_MAP(null),
    /** Norm of each query head [e], or of all of them together [H*e]; empty in most families, as the other norms below. */
    Q_NORM("self_attn.q_norm.weight"),
    /** [e] or [K*e] */
    K_NORM("self_attn.k_norm.weight"),
    /** Norm of what attention gives to the residual stream [d]. */
    ATTENTION_NORM("self_attn.output_norm.weight"),
    /** Norm of what the FFN gives to the residual stream [d]. */
    FFN_NORM("mlp.output_norm.weight"),
    /** What else differs from LLaMA in this layer, float64 on the CPU; empty if nothing does. Not in checkpoints. */
    TRAITS(null);

    /** Tensors of a layer. */
    public static final int STRIDE = values().length;

    /** Those that checkpoints have, in kernel order; biases and norms may be absent. */
    public static final List<Slot> STORED =
            List.of(values()).stream().filter(Slot::isStored).toList();

    /** Linear weights, which can carry LoRA, in kernel order. */
    public static final List<Slot> PROJECTIONS = List.of(Q, K, V, O, GATE, UP, DOWN);

    /** Those whose input is the residual stream. */
    public static final List<Slot> READERS = List.of(Q, K, V, GATE, UP);

    /** Those whose output goes to the residual stream. */
    public static final List<Slot> WRITERS = List.of(O, DOWN);

    /** Norms over the hidden channels. */
    public static final List<Slot> HIDDEN_NORMS = List.of(NORM1, NORM2, ATTENTION_NORM, FFN_NORM);

    private final String suffix;

    Slot(String suffix) {
        this.suffix = suffix;
    }

    /** Its name, which is LLaMA's; {@link dev.espalier.worker.checkpoint.WeightPlaces} says how a family calls it. */
    public String nameIn(int layer) {
        return "model.layers." + layer + "." + Optional.ofNullable(suffix).orElseThrow();
    }

    /** Index among the tensors of all layers. */
    public int at(int layer) {
        return layer * STRIDE + ordinal();
    }

    /** Whether checkpoints can have it. */
    public boolean isStored() {
        return suffix != null;
    }

    /** The slot of a tensor of all layers. */
    public static Slot ofIndex(int index) {
        return values()[index % STRIDE];
    }

    /** What configurations and student versions call a projection: q, k, v, o, gate, up, down. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean isProjection() {
        return PROJECTIONS.contains(this);
    }

    /** @param layer one layer's tensors */
    public NDArray of(NDList layer) {
        return layer.get(ordinal());
    }

    /** @param layer one layer's tensors, of which this is replaced */
    public void set(NDList layer, NDArray tensor) {
        layer.set(ordinal(), tensor);
    }
}
