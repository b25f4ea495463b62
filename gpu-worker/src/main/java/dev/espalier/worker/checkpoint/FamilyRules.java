package dev.espalier.worker.checkpoint;

import dev.espalier.worker.checkpoint.Architecture.Norms;
import dev.espalier.worker.checkpoint.Architecture.QueryKeyNorm;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What config.json does not say: a family's defaults, which are those of transformers' configuration classes, and what
 * its modelling code does whatever is configured. LLaMA's unless set.
 */
final class FamilyRules {
    /** On which projections biases are. */
    enum Biases {
        /** On q, k, v and o if {@code attention_bias}. */
        OPTIONAL,
        /** Always on q, k and v. */
        QUERY_KEY_VALUE,
        NONE
    }

    /** Which layers have a sliding window. */
    enum Windows {
        NEVER,
        /** All, unless {@code sliding_window} is null. */
        ALWAYS,
        /** With {@code use_sliding_window} those from {@code max_window_layers} on, or what {@code layer_types} says. */
        FROM_A_LAYER_ON,
        /** With {@code use_sliding_window} those of {@code no_rope_layers}, or what {@code layer_types} says. */
        WHERE_NOTHING_TURNS,
        /** All but one in each {@link #pattern}, or what {@code layer_types} says. */
        ALTERNATING
    }

    private final String modelType;
    private final String architecture;
    private final Map<String, String> stored = new LinkedHashMap<>();
    private int positions;
    private int kvHeads;
    private int headDim;
    private double theta = 10_000;
    private double localTheta;
    private double eps = 1e-6;
    private boolean tied;
    private boolean fused;
    private boolean multipliers;
    private boolean gemma;
    private double scoreCap;
    private double logitCap;
    private boolean unscaledRope;
    private Biases biases = Biases.OPTIONAL;
    private Windows windows = Windows.NEVER;
    private int window;
    private int pattern = 1;
    private boolean patternSaid;
    private QueryKeyNorm queryKeyNorm = QueryKeyNorm.NONE;
    private Norms norms = Norms.BEFORE;

    private FamilyRules(String modelType, String architecture) {
        this.modelType = modelType;
        this.architecture = architecture;
    }

    static FamilyRules of(String modelType, String architecture) {
        return new FamilyRules(modelType, architecture);
    }

    /** Where config.json does not say max_position_embeddings. */
    FamilyRules positions(int count) {
        positions = count;
        return this;
    }

    /** Where config.json does not say num_key_value_heads; as many as query heads unless set. */
    FamilyRules kvHeads(int count) {
        kvHeads = count;
        return this;
    }

    /** Where config.json does not say head_dim; the hidden size over the heads unless set. */
    FamilyRules headDim(int size) {
        headDim = size;
        return this;
    }

    /** Where config.json does not say rope_theta. */
    FamilyRules theta(double base) {
        theta = base;
        return this;
    }

    /** The layers with a window have a rotation of their own, with this base where config.json does not say another. */
    FamilyRules localTheta(double base) {
        localTheta = base;
        return this;
    }

    /** No rotation can be stretched. */
    FamilyRules unscaledRope() {
        unscaledRope = true;
        return this;
    }

    /** Where config.json does not say rms_norm_eps. */
    FamilyRules eps(double epsilon) {
        eps = epsilon;
        return this;
    }

    /** The head is the embedding where config.json does not say otherwise. */
    FamilyRules tied() {
        tied = true;
        return this;
    }

    FamilyRules biases(Biases where) {
        biases = where;
        return this;
    }

    /** @param width where config.json does not say sliding_window; 0 for none */
    FamilyRules windows(Windows where, int width) {
        windows = where;
        window = width;
        return this;
    }

    /** Each so many-th layer has no window. @param said whether config.json's sliding_window_pattern can say otherwise */
    FamilyRules pattern(int length, boolean said) {
        pattern = length;
        patternSaid = said;
        return this;
    }

    FamilyRules queryKeyNorm(QueryKeyNorm over) {
        queryKeyNorm = over;
        return this;
    }

    FamilyRules norms(Norms where) {
        norms = where;
        return this;
    }

    /** q, k and v are rows of one tensor, gate and up those of another. */
    FamilyRules fused() {
        fused = true;
        return stored("self_attn.q_proj", "self_attn.qkv_proj")
                .stored("self_attn.k_proj", "self_attn.qkv_proj")
                .stored("self_attn.v_proj", "self_attn.qkv_proj")
                .stored("mlp.gate_proj", "mlp.gate_up_proj")
                .stored("mlp.up_proj", "mlp.gate_up_proj");
    }

    /** config.json has multipliers of the embedding, the residual stream, attention scores and logits. */
    FamilyRules multipliers() {
        multipliers = true;
        return this;
    }

    /**
     * Norms before and after each sub-block that multiply by 1 + w, GELU, an embedding times the root of the hidden size,
     * scores times query_pre_attn_scalar to the power of -1/2.
     */
    FamilyRules gemma() {
        gemma = true;
        return norms(Norms.AROUND)
                .stored("self_attn.output_norm", "post_attention_layernorm")
                .stored("post_attention_layernorm", "pre_feedforward_layernorm")
                .stored("mlp.output_norm", "post_feedforward_layernorm");
    }

    /** Where config.json does not say attn_logit_softcapping and final_logit_softcapping. */
    FamilyRules caps(double ofScores, double ofLogits) {
        scoreCap = ofScores;
        logitCap = ofLogits;
        return this;
    }

    /** What LLaMA calls {@code name}, or what has no name there, is called {@code own}. */
    FamilyRules stored(String name, String own) {
        stored.put(name + ".weight", own + ".weight");
        return this;
    }

    String modelType() {
        return modelType;
    }

    String architecture() {
        return architecture;
    }

    int positions() {
        return positions;
    }

    int kvHeads(int queryHeads, boolean said) {
        return said || kvHeads == 0 ? queryHeads : kvHeads;
    }

    int headDim() {
        return headDim;
    }

    double theta() {
        return theta;
    }

    /** 0 if there is no second rotation. */
    double localTheta() {
        return localTheta;
    }

    boolean isRopeUnscaled() {
        return unscaledRope;
    }

    double eps() {
        return eps;
    }

    boolean isTied() {
        return tied;
    }

    Biases biases() {
        return biases;
    }

    Windows windows() {
        return windows;
    }

    int window() {
        return window;
    }

    int pattern(ConfigFields fields) {
        return patternSaid ? fields.integer("sliding_window_pattern", 1, Integer.MAX_VALUE, pattern) : pattern;
    }

    QueryKeyNorm queryKeyNorm() {
        return queryKeyNorm;
    }

    Norms norms() {
        return norms;
    }

    boolean isFused() {
        return fused;
    }

    boolean hasMultipliers() {
        return multipliers;
    }

    boolean isGemma() {
        return gemma;
    }

    /** 0 for none. */
    double scoreCap() {
        return scoreCap;
    }

    double logitCap() {
        return logitCap;
    }

    /** The family's name of a layer's tensor, both without {@code model.layers.N.}. */
    String storedAs(String name) {
        return stored.getOrDefault(name, name);
    }
}
