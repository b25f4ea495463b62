package dev.espalier.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.safetensors.Dtype;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FixtureFoldersTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "mha-untied",
                "gqa-tied",
                "gqa-headdim",
                "mqa-bf16",
                "llama3-rope",
                "qwen2-bias",
                "sharded",
                "tied-head-only"
            })
    void whatTransformersSavesIsAConsistentFolder(String name) {
        try (ModelFolder model = ModelFolder.open(Path.of("src/test/resources/fixtures", name))) {
            assertThat(model.weights().metadata()).containsEntry("format", "pt");
            assertThat(LlamaConfig.parse(model.config().toJson(Dtype.F32), "written"))
                    .usingRecursiveComparison()
                    .ignoringFields("original")
                    .isEqualTo(model.config());
        }
    }
}
