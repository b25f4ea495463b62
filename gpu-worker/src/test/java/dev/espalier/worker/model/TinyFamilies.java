package dev.espalier.worker.model;

import dev.espalier.worker.checkpoint.LlamaConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** A config.json of each family that differs from LLaMA in what it computes, with windows shorter than tests' texts. */
public final class TinyFamilies {
    private TinyFamilies() {}

    /** Fields that replace or follow the usual ones, by family. */
    public static Map<String, Map<String, Object>> fields() {
        Map<String, Map<String, Object>> fields = new LinkedHashMap<>();
        fields.put("mistral", Map.of("sliding_window", 3));
        fields.put(
                "qwen3",
                Map.of(
                        "use_sliding_window",
                        true,
                        "sliding_window",
                        3,
                        "max_window_layers",
                        1,
                        "rope_scaling",
                        Map.of("rope_type", "yarn", "factor", 4, "original_max_position_embeddings", 16)));
        fields.put("smollm3", Map.of("use_sliding_window", true, "sliding_window", 4, "no_rope_layers", List.of(1, 0)));
        fields.put(
                "granite",
                Map.of(
                        "embedding_multiplier",
                        3,
                        "residual_multiplier",
                        0.5,
                        "attention_multiplier",
                        0.4,
                        "logits_scaling",
                        2,
                        "tie_word_embeddings",
                        true));
        fields.put("olmo2", Map.of());
        fields.put("phi3", Map.of("sliding_window", 4));
        fields.put(
                "gemma2",
                Map.of(
                        "sliding_window",
                        4,
                        "query_pre_attn_scalar",
                        6,
                        "attn_logit_softcapping",
                        2,
                        "final_logit_softcapping",
                        3));
        fields.put("gemma3_text", Map.of("sliding_window", 3, "sliding_window_pattern", 2, "query_pre_attn_scalar", 6));
        fields.replaceAll((family, more) -> {
            Map<String, Object> all = new LinkedHashMap<>(more);
            all.put("model_type", family);
            return all;
        });
        return fields;
    }

    public static Stream<LlamaConfig> configs() {
        return fields().values().stream().map(TinyModel::config);
    }

    /** [name, config]. */
    static Stream<Arguments> named() {
        return fields().entrySet().stream()
                .map(family -> Arguments.of(family.getKey(), TinyModel.config(family.getValue())));
    }
}
