package dev.espalier.worker.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NemotronNasTest {
    @TempDir
    private Path folder;

    /** The number of positions that it left to the model's is another one here, for windows limit it. */
    @Test
    void whatRotationsAreStretchedByIsSaidEvenWhereTheModelLeavesItOut() throws IOException {
        LlamaConfig model = TinyRun.model(Map.of(
                "model_type",
                "mistral",
                "sliding_window",
                9,
                "rope_scaling",
                Map.of("rope_type", "llama3", "factor", 8, "low_freq_factor", 1, "high_freq_factor", 4)));
        ObjectNode config = JsonFile.read(write(model).resolve("config.json"));
        assertThat(config.path("max_position_embeddings").asInt()).isEqualTo(9);
        assertThat(config.at("/rope_scaling/original_max_position_embeddings").asInt())
                .isEqualTo(model.maxPositions())
                .isNotEqualTo(9);
        assertThat(config.at("/rope_scaling/factor").asDouble()).isEqualTo(8);
    }

    @Test
    void blocksSayWhatIsInEachLayer() throws IOException {
        LlamaConfig ragged = TinyModel.ragged(
                TinyRun.model(Map.of("model_type", "mistral", "sliding_window", 9)),
                new LayerShape(4, 4, 5),
                new LayerShape(3, 1, 300),
                new LayerShape(0, 0, 7),
                new LayerShape(2, 2, 0));
        Path written = write(ragged);
        ObjectNode config = JsonFile.read(written.resolve("config.json"));
        assertThat(config.path("model_type").asText()).isEqualTo("nemotron-nas");
        assertThat(config.path("architectures").toString()).isEqualTo("[\"DeciLMForCausalLM\"]");
        assertThat(config.path("num_attention_heads").asInt()).isEqualTo(4);
        assertThat(config.path("max_position_embeddings").asInt()).isEqualTo(9);
        assertThat(config.path("rope_theta").asDouble()).isEqualTo(ragged.rope().theta());
        assertThat(config.fieldNames()).toIterable().noneMatch(name -> name.contains("espalier"));
        JsonNode blocks = config.path("block_configs");
        assertThat(blocks.findValuesAsText("n_heads_in_group")).containsExactly("1", "4", "null", "2");
        assertThat(blocks.findValuesAsText("intermediate_size")).containsExactly("256", "512", "256", "null");
        assertThat(blocks.at("/2/attention/no_op").asBoolean()).isTrue();
        assertThat(blocks.at("/3/ffn/no_op").asBoolean()).isTrue();
        try (SafetensorsReader weights = SafetensorsReader.open(written)) {
            assertThat(weights.names())
                    .contains("model.layers.2.mlp.up_proj.weight", "model.layers.3.self_attn.q_proj.weight")
                    .noneMatch(name -> name.startsWith("model.layers.2.self_attn")
                            || name.startsWith("model.layers.2.input_layernorm")
                            || name.startsWith("model.layers.3.mlp")
                            || name.startsWith("model.layers.3.post_attention"));
        }
    }

    /** As the class that loads it reads config.json: widths are rounded up to 256, KV heads follow from the groups. */
    @Test
    void whatLoadersReadOfTheBlocksComputesTheSame() throws IOException {
        LlamaConfig ragged = TinyModel.ragged(
                TinyRun.model(Map.of()), new LayerShape(4, 4, 5), new LayerShape(3, 1, 300), new LayerShape(2, 2, 256));
        Path written = write(ragged);
        ObjectNode config = JsonFile.read(written.resolve("config.json"));
        int hidden = config.path("hidden_size").asInt();
        int heads = config.path("num_attention_heads").asInt();
        ArrayNode shapes = config.putArray("espalier_shapes");
        for (JsonNode block : config.path("block_configs")) {
            shapes.addObject()
                    .put("query_heads", heads)
                    .put(
                            "kv_heads",
                            heads / block.at("/attention/n_heads_in_group").asInt())
                    .put("intermediate", width(block.at("/ffn/ffn_mult").asDouble(), hidden));
        }
        config.put("model_type", "espalier_llama").put("espalier_family", "llama");
        config.put("num_key_value_heads", heads).put("intermediate_size", 512);
        Files.writeString(written.resolve("config.json"), config.toString());
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, ragged, false, 5)) {
            assertThat(LogitsCheck.compare(model, Variant.INTACT, written, true))
                    .isLessThan(1e-4);
        }
    }

    @Test
    void everyWidthComesBackFromItsMultiplier() {
        for (int hidden : List.of(571, 2048, 2560, 4096, 5120, 8192)) {
            for (int channels = 256; channels <= 32_768; channels += 256) {
                assertThat(width(NemotronNas.multiplier(channels, hidden), hidden))
                        .isEqualTo(channels);
            }
        }
    }

    @Test
    void whatIsNotLlamasArithmeticIsRefusedByName() {
        refused(Map.of("model_type", "qwen2"), "qwen2 model", "biases on q, k and v but none on o");
        refused(Map.of("model_type", "qwen3"), "norms of queries and keys");
        refused(Map.of("model_type", "gemma2"), "1 + w", "GELU", "what sub-blocks give", "caps", "hf-padded holds it");
        refused(
                Map.of("model_type", "granite", "residual_multiplier", 0.2, "attention_multiplier", 0.1),
                "a multiplier of the residual stream, a multiplier of attention scores");
        refused(Map.of("model_type", "smollm3", "no_rope_layers", List.of(1, 0)), "another rotation or none");
    }

    private static void refused(Map<String, Object> fields, String... told) {
        LlamaConfig config = TinyRun.model(fields);
        assertThatThrownBy(() -> NemotronNas.place(config))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(told);
    }

    /** As vLLM's nemotron_nas.py computes it. */
    private static int width(double multiplier, int hidden) {
        int exact = (int) (2 * multiplier * hidden / 3);
        return (exact + 255) / 256 * 256;
    }

    private Path write(LlamaConfig config) {
        Path target = folder.resolve("out");
        try (Torch torch = Torch.open("cpu")) {
            Path source = TinyRun.writeModel(torch, config, folder.resolve("source"), 5);
            try (ModelFolder opened = ModelFolder.open(source)) {
                ExportFormat.NEMOTRON_NAS.check(opened, opened.config(), Optional.empty());
                ExportFormat.NEMOTRON_NAS.write(opened, "tiny", target, Optional.empty());
            }
        }
        return target;
    }
}
