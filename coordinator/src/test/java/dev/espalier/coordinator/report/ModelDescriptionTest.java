package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.report.ModelCardData.Loaders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a card promises of a model follows from its config.json. */
class ModelDescriptionTest {
    private static final String RAGGED =
            """
            "model_type": "espalier_llama", "espalier_family": "%s", "espalier_shapes": [
                {"query_heads": 3, "kv_heads": 1, "intermediate": 24},
                {"query_heads": 4, "kv_heads": 2, "intermediate": 0}]""";

    @TempDir
    private Path folder;

    @Test
    void aLlamaIsForEverything() throws IOException {
        assertThat(loaders("\"model_type\": \"llama\"", 32)).isEqualTo(new Loaders(true, true, true, true));
        assertThat(loaders("\"model_type\": \"llama\", \"rope_scaling\": {\"rope_type\": \"llama3\"}", 32)
                        .gguf())
                .isTrue();
    }

    @Test
    void familiesAndRotationsThatAreNotWrittenForLlamaCppAreNotPromisedToIt() throws IOException {
        assertThat(loaders("\"model_type\": \"qwen3\"", 32)).isEqualTo(new Loaders(true, true, true, false));
        assertThat(loaders("\"model_type\": \"llama\", \"rope_scaling\": {\"rope_type\": \"yarn\"}", 32)
                        .gguf())
                .isFalse();
        assertThat(loaders("\"model_type\": \"qwen2\"", 32).gguf()).isTrue();
        assertThat(loaders("\"model_type\": \"qwen2\"", 28).gguf())
                .as("its biases do not fill the hidden size")
                .isFalse();
    }

    @Test
    void layersThatDifferAreForLlamaCppByTheirFamilyAndForTheOthersOnceFilledUp() throws IOException {
        assertThat(loaders(RAGGED.formatted("llama"), 32)).isEqualTo(new Loaders(false, true, true, true));
        assertThat(loaders(RAGGED.formatted("granite"), 32)).isEqualTo(new Loaders(false, true, true, false));
    }

    @Test
    void aHiddenSizeThatNoNumberOfHeadsDividesCannotBeFilledUp() throws IOException {
        assertThat(loaders("\"model_type\": \"llama\"", 30)).isEqualTo(new Loaders(true, false, true, true));
        assertThat(loaders("\"model_type\": \"llama\"", 31)).isEqualTo(new Loaders(true, false, false, true));
    }

    @Test
    void aModelOfTheHubsCacheHasTheHubsName() throws IOException {
        Path snapshot = Files.createDirectories(folder.resolve("models--Org--Tiny-1/snapshots/0123456789abcdef"));
        Files.writeString(
                snapshot.resolve("config.json"),
                "{\"model_type\": \"llama\", \"_name_or_path\": \"Other/Base\", \"hidden_size\": 32,"
                        + " \"num_hidden_layers\": 2, \"num_attention_heads\": 4}");
        assertThat(ModelDescription.read(snapshot).orElseThrow().name()).isEqualTo("Org/Tiny-1");
    }

    private Loaders loaders(String fields, int hidden) throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{%s, \"hidden_size\": %d, \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"head_dim\": 8}"
                        .formatted(fields, hidden));
        return ModelDescription.read(folder).orElseThrow().loaders();
    }
}
