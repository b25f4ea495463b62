package dev.espalier.worker.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.WrittenModel;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code hf-padded}, read again. */
class PaddedExportTest {
    private static final String BUFFER = "model.layers.0.self_attn.rotary_emb.inv_freq";

    private static final LayerShape[] RAGGED = {
        new LayerShape(3, 2, 7, List.of(0, 1, 0)),
        new LayerShape(0, 0, 24),
        new LayerShape(0, 0, 0),
        new LayerShape(2, 1, 0),
        new LayerShape(4, 2, 11),
    };

    @TempDir
    private Path folder;

    @Test
    void zerosMakeLayersAlikeAndChangeNoLogit() throws IOException {
        Path padded = written(Map.of("attention_bias", true, "auto_map", Map.of("AutoModel", "code.Model")), RAGGED);
        try (ModelFolder reloaded = ModelFolder.open(padded)) {
            assertThat(reloaded.config().isUniform()).isTrue();
            // with a bias of o, an empty layer still adds it
            assertThat(reloaded.config().layers()).hasSize(5).containsOnly(new LayerShape(4, 2, 24));
        }
        assertThat(JsonFile.read(padded.resolve("config.json"))
                        .path("model_type")
                        .asText())
                .isEqualTo("llama");
        assertThat(Files.readString(padded.resolve("config.json"))).doesNotContain("espalier", "auto_map");
        assertThat(padded.resolve("tokenizer.json")).exists();
    }

    @Test
    void emptyLayersAreLeftOut() throws IOException {
        Path padded = written(Map.of("tie_word_embeddings", true), RAGGED);
        assertThat(JsonFile.read(padded.resolve("config.json"))
                        .path("num_hidden_layers")
                        .asInt())
                .isEqualTo(4);
    }

    /** With what is special to each: tensors of several in one, norms elsewhere, lists by layer in config.json. */
    @Test
    void everyFamilyCanBeFilledUp() throws IOException {
        for (Map<String, Object> family : List.<Map<String, Object>>of(
                Map.of("model_type", "mistral", "sliding_window", 5),
                Map.of("model_type", "qwen2", "use_sliding_window", true, "max_window_layers", 3, "sliding_window", 5),
                Map.of("model_type", "qwen3"),
                Map.of("model_type", "smollm3", "no_rope_layers", List.of(1, 0, 1, 0, 1)),
                Map.of("model_type", "granite", "embedding_multiplier", 12.0, "logits_scaling", 1.5),
                Map.of("model_type", "phi3", "sliding_window", 9),
                Map.of("model_type", "gemma2", "query_pre_attn_scalar", 6, "sliding_window", 5),
                Map.of("model_type", "gemma3_text", "query_pre_attn_scalar", 6, "sliding_window", 5))) {
            written(family, RAGGED);
        }
        Map<String, Object> olmo = Map.of("model_type", "olmo2", "num_key_value_heads", 4);
        written(olmo, new LayerShape(4, 4, 7), new LayerShape(0, 0, 24), new LayerShape(4, 4, 0));
    }

    /** Old checkpoints have rotary_emb.inv_freq in float32 beside weights in halves. */
    @Test
    void aBufferThatNothingReadsDoesNotMakeTheWeightsWider() throws IOException {
        LlamaConfig config = TinyRun.model(Map.of());
        Path source = WrittenModel.of(config).write(folder.resolve("halves"), Dtype.BF16);
        withBuffer(source.resolve("model.safetensors"));
        try (ModelFolder opened = ModelFolder.open(source)) {
            assertThat(opened.weights().names()).contains(BUFFER);
            assertThat(PlacedFolder.dtype(opened)).isEqualTo(Dtype.BF16);
        }
    }

    private static void withBuffer(Path weights) throws IOException {
        byte[] content = Files.readAllBytes(weights);
        int header =
                (int) ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong();
        int data = content.length - Long.BYTES - header;
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(content, Long.BYTES, header);
        ObjectNode buffer = json.putObject(BUFFER).put("dtype", "F32");
        buffer.putArray("shape").add(2);
        buffer.putArray("data_offsets").add(data).add(data + 8);
        byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer all =
                ByteBuffer.allocate(Long.BYTES + text.length + data + 8).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(text.length).put(text).put(content, Long.BYTES + header, data);
        Files.write(weights, all.array());
    }

    /** Writes, reads and compares. */
    private Path written(Map<String, Object> fields, LayerShape... layers) throws IOException {
        Path source = Files.createTempDirectory(folder, "source");
        Path target = Files.createTempDirectory(folder, "padded");
        Map<String, Object> all = new HashMap<>(fields);
        all.put("num_hidden_layers", layers.length);
        LlamaConfig config = TinyRun.model(all).withShapes(16, List.of(layers));
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, config, false, 5)) {
            TinyRun.writeModel(torch, config, source, 5);
            try (ModelFolder opened = ModelFolder.open(source)) {
                ExportFormat.HF_PADDED.check(opened, opened.config(), Optional.empty());
                ExportFormat.HF_PADDED.write(opened, "tiny", target, Optional.empty());
            }
            assertThat(LogitsCheck.compare(model, Variant.INTACT, target, true)).isLessThan(1e-4);
        }
        return target;
    }
}
