package dev.espalier.worker.gguf;

import static dev.espalier.worker.gguf.SameText.model;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.TinyModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written of each family, and what is refused because no architecture of llama.cpp computes it. */
class GgufFamiliesTest {
    private static final Map<String, Object> YARN =
            Map.of("rope_type", "yarn", "factor", 4.0, "original_max_position_embeddings", 16);

    @TempDir
    private Path folder;

    @Test
    void familiesGoUnderTheirOwnNamesWithTheirOwnTensors() throws IOException {
        assertThat(content(model(Map.of("model_type", "qwen3"))))
                .contains("qwen3.attention.key_length", "blk.1.attn_q_norm.weight", "blk.1.attn_k_norm.weight")
                .doesNotContain("sliding_window");
        assertThat(content(model(Map.of("model_type", "smollm3", "num_hidden_layers", 4))))
                .contains("smollm3.block_count", "blk.3.ffn_norm.weight");
        assertThat(content(model(Map.of("model_type", "olmo2", "tie_word_embeddings", true))))
                .contains("blk.0.post_attention_norm.weight", "blk.0.post_ffw_norm.weight", "output.weight")
                .doesNotContain("attn_norm", "ffn_norm");
        assertThat(content(model(Map.of("model_type", "phi3"))))
                .contains("llama.block_count", "blk.0.attn_k.weight", "blk.0.ffn_gate.weight");
    }

    @Test
    void windowsThatLlamaCppPutsIntoOtherLayersLimitTheContext() throws IOException {
        Map<String, Object> gemma = Map.of("model_type", "gemma2", "sliding_window", 5);
        String own = content(model(gemma));
        assertThat(number(own, "gemma2.context_length")).isEqualTo(64);
        assertThat(number(own, "gemma2.attention.sliding_window")).isEqualTo(5);
        String other = content(model(Map.of(
                "model_type",
                "gemma2",
                "sliding_window",
                5,
                "layer_types",
                List.of("full_attention", "sliding_attention"))));
        assertThat(number(other, "gemma2.context_length")).isEqualTo(5);
    }

    @Test
    void whatNoArchitectureComputesIsRefusedByName() {
        refused(Map.of("model_type", "qwen3", "rope_scaling", YARN), "llama.cpp's qwen3", "YARN");
        refused(Map.of("model_type", "qwen3", "attention_bias", true), "biases of q, k and v, nor for a bias of o");
        refused(Map.of("model_type", "olmo2", "num_attention_heads", 2), "16 query channels at a hidden size of 32");
        refused(
                Map.of("model_type", "smollm3", "no_rope_layers", List.of(0, 1)),
                "llama.cpp's smollm3",
                "do not turn queries and keys where its own do");
        refused(
                Map.of("model_type", "gemma3_text", "sliding_window", 5, "sliding_window_pattern", 2),
                "llama.cpp's gemma3",
                "do not turn");
        refused(Map.of("model_type", "gemma3_text", "rope_local_base_freq", 500.0), "rope_local_base_freq");
        refused(Map.of("model_type", "gemma3_text", "final_logit_softcapping", 30.0), "caps of scores or logits");
        refused(Map.of("model_type", "gemma2", "tie_word_embeddings", false), "an output head beside the embedding");
    }

    @Test
    void layersThatDifferAreForLlamasArithmeticAlone() {
        LlamaConfig ragged = TinyModel.ragged(
                model(Map.of("model_type", "granite")), new LayerShape(4, 2, 40), new LayerShape(2, 2, 40));
        assertThatThrownBy(() -> GgufLayout.of(ragged, GgufType.F32))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("LLaMA's arithmetic alone", "granite", "hf-padded");
    }

    private static void refused(Map<String, Object> fields, String... told) {
        LlamaConfig config = model(fields);
        assertThatThrownBy(() -> GgufLayout.of(config, GgufType.F32))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(told)
                .hasMessageContaining("take gguf out of the formats");
    }

    private String content(LlamaConfig config) throws IOException {
        try (ModelFolder opened = ModelFolder.open(SameText.source(folder, config))) {
            return Files.readString(SameText.write(opened, GgufType.F32), StandardCharsets.ISO_8859_1);
        }
    }

    /** Behind the key stands its type. */
    private static int number(String content, String key) {
        byte[] bytes = content.substring(content.indexOf(key) + key.length()).getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(Integer.BYTES);
    }
}
