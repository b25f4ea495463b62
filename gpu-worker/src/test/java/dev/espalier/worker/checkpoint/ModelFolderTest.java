package dev.espalier.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.protocol.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFolderTest {
    @TempDir
    Path folder;

    @Test
    void opensAConsistentFolder() throws IOException {
        LlamaConfig config = config("llama", 280, true);
        Map<String, long[]> shapes = WeightShapes.of(config);
        save(config, shapes);
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.config().hiddenSize()).isEqualTo(8);
            assertThat(model.parameters())
                    .isEqualTo(model.weights().names().stream()
                            .mapToLong(name -> model.weights().info(name).elements())
                            .sum());
            try (Tokenizer tokenizer = model.openTokenizer()) {
                assertThat(tokenizer.vocabularySize()).isEqualTo(280);
            }
        }
    }

    @Test
    void aByteOrderMarkDoesNotMatter() throws IOException {
        LlamaConfig config = config("llama", 280, true);
        save(config, WeightShapes.of(config));
        for (String name : List.of("config.json", "tokenizer.json")) {
            Path file = folder.resolve(name);
            Files.writeString(file, "\uFEFF" + Files.readString(file));
        }
        try (ModelFolder model = ModelFolder.open(folder);
                Tokenizer tokenizer = model.openTokenizer()) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(280);
        }
    }

    @Test
    void anAdapterIsToldHowToMergeIt() throws IOException {
        Files.writeString(
                folder.resolve("adapter_config.json"), "{\"base_model_name_or_path\": \"cats/Cat-1B\", \"r\": 8}");
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(folder + " is an adapter for cats/Cat-1B, not a model")
                .hasMessageContaining("merge_and_unload");
    }

    @Test
    void aTokenizerInAnotherFormIsToldHowToConvertIt() throws IOException {
        LlamaConfig config = config("llama", 280, true);
        save(config, WeightShapes.of(config));
        Files.delete(folder.resolve("tokenizer.json"));
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThatThrownBy(model::openTokenizer)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("has no tokenizer.json. Copy it there");
            Files.writeString(folder.resolve("tokenizer.model"), "pieces");
            assertThatThrownBy(model::openTokenizer)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("has no tokenizer.json, only tokenizer.model")
                    .hasMessageContaining("save_pretrained('" + folder + "')");
        }
    }

    @Test
    void opensARaggedFolderWithEmptyBlocks() throws IOException {
        LlamaConfig ragged = config("qwen2", 280, false)
                .withShapes(6, List.of(new LayerShape(0, 0, 3), new LayerShape(3, 2, 0, List.of(0, 1, 1))));
        save(ragged, WeightShapes.of(ragged));
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.config().layers()).isEqualTo(ragged.layers());
            assertThat(model.weights()
                            .info("model.layers.0.self_attn.q_proj.weight")
                            .shape())
                    .containsExactly(0, 6);
            assertThat(model.weights()
                            .bytes("model.layers.1.mlp.up_proj.weight")
                            .remaining())
                    .isZero();
            assertThat(model.weights().names()).contains("model.layers.1.self_attn.k_proj.bias", "lm_head.weight");
        }
    }

    @Test
    void toleratesWhatNothingReads() throws IOException {
        LlamaConfig config = config("llama", 280, true);
        Map<String, long[]> shapes = WeightShapes.of(config);
        shapes.put("lm_head.weight", new long[] {280, 8});
        shapes.put("model.layers.0.self_attn.rotary_emb.inv_freq", new long[] {1});
        save(config, shapes);
        ModelFolder.open(folder).close();
    }

    @Test
    void namesEverythingThatIsWrongAtOnce() throws IOException {
        LlamaConfig config = config("llama", 279, false);
        Map<String, long[]> shapes = WeightShapes.of(config);
        shapes.remove("lm_head.weight");
        shapes.put("model.norm.weight", new long[] {9});
        shapes.put("model.layers.0.self_attn.q_norm.weight", new long[] {2});
        save(config, shapes);
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("3 problems")
                .hasMessageContaining("missing from the weights: lm_head.weight.")
                .hasMessageContaining("model.norm.weight is [9], expected [8]")
                .hasMessageContaining("no llama model has: model.layers.0.self_attn.q_norm.weight");
    }

    @Test
    void aTokenizerOfMoreIdsThanTheEmbeddingHasRowsIsUsedUntilATextHasOne() throws IOException {
        LlamaConfig config = config("llama", 276, true);
        save(config, WeightShapes.of(config));
        try (ModelFolder model = ModelFolder.open(folder);
                Tokenizer tokenizer = model.openTokenizer();
                Tokenizer whole = Tokenizer.open(TokenizerTest.FILE)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(280);
            assertThat(tokenizer.encode("a b", false)).isEqualTo(whole.encode("a b", false));
            assertThat(tokenizer.hash()).isNotEqualTo(whole.hash());
            String text = whole.decode(new int[] {279});
            assertThat(whole.encode(text, false)).contains(279);
            assertThatThrownBy(() -> tokenizer.encode(text, false))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("has the token '" + text + "' (id 279 of " + folder.resolve("tokenizer.json"))
                    .hasMessageContaining("only 276 rows");
        }
    }

    @Test
    void anIndexMayListATiedHeadThatNoShardHas() throws IOException {
        LlamaConfig config = config("llama", 280, true);
        save(config, WeightShapes.of(config));
        Path shard = folder.resolve("model-00001-of-00001.safetensors");
        Files.move(folder.resolve("model.safetensors"), shard);
        index("lm_head.weight", WeightShapes.of(config).keySet(), shard);
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThat(model.config().tiedEmbeddings()).isTrue();
            assertThat(model.weights().names()).doesNotContain("lm_head.weight");
        }
        Files.writeString(
                folder.resolve("config.json"),
                config("llama", 280, false).toJson(Dtype.F16).toString());
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("missing from the weights: lm_head.weight");
        index("model.layers.7.input_layernorm.weight", WeightShapes.of(config).keySet(), shard);
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("model.layers.7.input_layernorm.weight");
    }

    private void index(String more, Set<String> names, Path shard) throws IOException {
        ObjectNode index = JsonNodeFactory.instance.objectNode();
        ObjectNode map =
                index.putObject("weight_map").put(more, shard.getFileName().toString());
        names.forEach(name -> map.put(name, shard.getFileName().toString()));
        Files.writeString(folder.resolve("model.safetensors.index.json"), index.toString());
    }

    @Test
    void aHeadOfAnotherShapeThanTheEmbeddingItIsTiedToIsNotDropped() throws IOException {
        LlamaConfig config = config("llama", 280, true);
        Map<String, long[]> shapes = WeightShapes.of(config);
        shapes.put("lm_head.weight", new long[] {281, 8});
        save(config, shapes);
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("lm_head.weight is [281, 8], expected [280, 8]");
    }

    @Test
    void namesTheMissingBiasesOfQwen() throws IOException {
        save(config("qwen2", 280, true), WeightShapes.of(config("llama", 280, true)));
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("model.layers.0.self_attn.q_proj.bias")
                .hasMessageContaining("and 1 more");
    }

    @Test
    void asksForTensorsByTheFamilysOwnNamesAndTellsAllOfWhatIsStoredTogether() throws IOException {
        LlamaConfig config = config("phi3", 280, true);
        Map<String, long[]> shapes = new LinkedHashMap<>(WeightPlaces.of(config).stored());
        assertThat(shapes.get("model.layers.1.self_attn.qkv_proj.weight")).containsExactly(8 + 4 + 4, 8);
        shapes.put("model.layers.0.mlp.gate_up_proj.weight", new long[] {23, 8});
        save(config, shapes);
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("mlp.gate_up_proj.weight is [23, 8], expected [24, 8]");
    }

    @Test
    void refusesWhatIsNoModelFolder() throws IOException {
        assertThatThrownBy(() -> ModelFolder.open(folder.resolve("none")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does not exist");
        Path file = Files.writeString(folder.resolve("pytorch_model.bin"), "x");
        assertThatThrownBy(() -> ModelFolder.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("is not a directory");
        assertThatThrownBy(() -> ModelFolder.open(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("2 problems")
                .hasMessageContaining("config.json does not exist")
                .hasMessageContaining("pickles (*.bin)");
    }

    @Test
    void aFolderWithoutATokenizerSaysSoWhenItIsNeeded() throws IOException {
        LlamaConfig config = config("llama", 280, true);
        save(config, WeightShapes.of(config));
        Files.delete(folder.resolve("tokenizer.json"));
        try (ModelFolder model = ModelFolder.open(folder)) {
            assertThatThrownBy(model::openTokenizer)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("has no tokenizer.json");
        }
    }

    private void save(LlamaConfig config, Map<String, long[]> shapes) throws IOException {
        Files.writeString(
                folder.resolve("config.json"), config.toJson(Dtype.F16).toString());
        Files.copy(TokenizerTest.FILE, folder.resolve("tokenizer.json"));
        Map<String, long[]> ordered = new LinkedHashMap<>(shapes);
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder, ordered, Dtype.F16, 1 << 20, Map.of())) {
            ordered.forEach((name, shape) -> writer.add(name, new float[(int) TensorInfo.elements(shape)]));
            writer.finish();
        }
    }

    private static LlamaConfig config(String type, int vocabulary, boolean tied) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("model_type", type).put("hidden_size", 8).put("intermediate_size", 12);
        json.put("num_hidden_layers", 2).put("num_attention_heads", 4).put("num_key_value_heads", 2);
        json.put("vocab_size", vocabulary).put("tie_word_embeddings", tied);
        return LlamaConfig.parse(json, "config.json");
    }
}
