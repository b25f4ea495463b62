package dev.espalier.worker.checkpoint;

import dev.espalier.worker.checkpoint.Architecture.Norms;
import dev.espalier.worker.checkpoint.Architecture.QueryKeyNorm;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The LLaMA-like model families, by config.json's {@code model_type}: nothing but {@link FamilyRules}. */
public enum Family {
    LLAMA(FamilyRules.of("llama", "LlamaForCausalLM").positions(2048)),
    /** Always has a sliding window unless its config.json says null, and never has biases. */
    MISTRAL(FamilyRules.of("mistral", "MistralForCausalLM")
            .positions(4096 * 32)
            .kvHeads(8)
            .biases(FamilyRules.Biases.NONE)
            .windows(FamilyRules.Windows.ALWAYS, 4096)),
    /** Always has biases on q, k and v; its config.json does not say so. */
    QWEN2(FamilyRules.of("qwen2", "Qwen2ForCausalLM")
            .positions(32_768)
            .kvHeads(32)
            .biases(FamilyRules.Biases.QUERY_KEY_VALUE)
            .windows(FamilyRules.Windows.FROM_A_LAYER_ON, 4096)),
    QWEN3(FamilyRules.of("qwen3", "Qwen3ForCausalLM")
            .positions(32_768)
            .kvHeads(32)
            .headDim(128)
            .queryKeyNorm(QueryKeyNorm.HEAD)
            .windows(FamilyRules.Windows.FROM_A_LAYER_ON, 4096)),
    SMOLLM3(FamilyRules.of("smollm3", "SmolLM3ForCausalLM")
            .positions(32_768)
            .kvHeads(4)
            .theta(2_000_000)
            .tied()
            .windows(FamilyRules.Windows.WHERE_NOTHING_TURNS, 0)),
    GRANITE(FamilyRules.of("granite", "GraniteForCausalLM").positions(2048).multipliers()),
    OLMO2(FamilyRules.of("olmo2", "Olmo2ForCausalLM")
            .positions(2048)
            .eps(1e-5)
            .queryKeyNorm(QueryKeyNorm.ALL)
            .norms(Norms.AFTER)
            .stored("self_attn.output_norm", "post_attention_layernorm")
            .stored("mlp.output_norm", "post_feedforward_layernorm")),
    PHI3(FamilyRules.of("phi3", "Phi3ForCausalLM")
            .positions(4096)
            .eps(1e-5)
            .biases(FamilyRules.Biases.NONE)
            .windows(FamilyRules.Windows.ALWAYS, 0)
            .unscaledRope()
            .fused()),
    GEMMA2(FamilyRules.of("gemma2", "Gemma2ForCausalLM")
            .positions(8192)
            .kvHeads(4)
            .headDim(256)
            .tied()
            .windows(FamilyRules.Windows.ALTERNATING, 4096)
            .pattern(2, false)
            .gemma()
            .caps(50, 30)),
    GEMMA3(FamilyRules.of("gemma3_text", "Gemma3ForCausalLM")
            .positions(131_072)
            .kvHeads(4)
            .headDim(256)
            .theta(1_000_000)
            .tied()
            .queryKeyNorm(QueryKeyNorm.HEAD)
            .windows(FamilyRules.Windows.ALTERNATING, 4096)
            .pattern(6, true)
            .gemma()
            .localTheta(10_000));

    private final FamilyRules rules;

    Family(FamilyRules rules) {
        this.rules = rules;
    }

    FamilyRules rules() {
        return rules;
    }

    public String modelType() {
        return rules.modelType();
    }

    /** The class name config.json's {@code architectures} lists. */
    public String architecture() {
        return rules.architecture();
    }

    static Optional<Family> of(String modelType) {
        return Arrays.stream(values())
                .filter(family -> family.modelType().equals(modelType))
                .findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(Family::modelType).collect(Collectors.joining(", "));
    }
}
