package dev.espalier.worker.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HfExportTest {
    @TempDir
    private Path folder;

    @Test
    void theExportedModelHasItsLoraMergedAndItsTokenizerBesideIt() throws IOException {
        LlamaConfig ragged = TinyModel.ragged(
                TinyRun.model(Map.of("attention_bias", true)),
                new LayerShape(3, 2, 7, List.of(0, 0, 1)),
                new LayerShape(4, 2, 24));
        TinyRun.writeTokenizer(folder);
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, ragged, false, 3);
                NDManager scope = torch.scope()) {
            NDList lora = TinyModel.lora(torch, scope, model, 2, 4);
            Variant variant = new Variant(new NDList(), lora, 0.5);
            Path target = Files.createDirectory(folder.resolve("out"));
            Path half = target.resolve(".model.safetensors.3f0c8b1e-52a9-4c7e-9d21-7b6a5e4d3c2b.tmp");
            Files.writeString(half, "what a killed attempt left");
            Files.setLastModifiedTime(half, FileTime.fromMillis(0));
            Path other = target.resolve(".model.safetensors.3f0c8b1e-52a9-4c7e-9d21-7b6a5e4d3c2c.tmp");
            Files.writeString(other, "what an attempt writes that replaced this one");
            Path mine = Files.writeString(target.resolve("notes.txt"), "somebody's");
            List<Path> files = HfExport.write(model, variant, folder, target, Dtype.F32, layer -> {});
            assertThat(LogitsCheck.compare(model, variant, target, true)).isLessThan(1e-4);
            assertThat(half).doesNotExist();
            assertThat(other).exists();
            assertThat(Results.artefacts(folder, target))
                    .extracting(Artefact::path)
                    .contains("out/notes.txt")
                    .noneMatch(path -> path.endsWith(".tmp"));
            Files.delete(mine);
            Files.delete(other);
            assertThat(files)
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder(target.toFile().list());
            assertThat(target.resolve("tokenizer.json")).hasSameBinaryContentAs(folder.resolve("tokenizer.json"));
            try (ModelFolder reloaded = ModelFolder.open(target)) {
                assertThat(reloaded.config().layers()).isEqualTo(ragged.layers());
            }
        }
    }

    @Test
    void whatLiesBesideTheWeightsGoesWithThemAndCodeDoesNot() throws IOException {
        Path source = Files.createDirectory(folder.resolve("source"));
        TinyRun.writeTokenizer(source);
        List<String> kept = List.of(
                "tokenizer.model",
                "tokenizer.model.v3",
                "vocab.json",
                "merges.txt",
                "added_tokens.json",
                "special_tokens_map.json",
                "generation_config.json",
                "chat_template.jinja",
                "additional_chat_templates/tools.jinja",
                "LICENSE",
                "LICENSE.txt",
                "Notice",
                "USE_POLICY.md");
        List<String> left = List.of(
                "modeling_cats.py",
                "additional_chat_templates/run.py",
                "model.gguf",
                "consolidated.pth",
                "licenses.py",
                "params.json",
                ".gitattributes");
        Files.createDirectory(source.resolve("additional_chat_templates"));
        for (String name : kept) {
            Files.writeString(source.resolve(name), "{\"content of\": \"" + name + "\"}");
        }
        for (String name : left) {
            Files.writeString(source.resolve(name), "print('a cat')");
        }
        Files.createDirectory(source.resolve("LICENSE.d"));
        String code = "\"auto_map\": {\"AutoTokenizer\": [\"cats.CatTokenizer\", null]}";
        Files.writeString(source.resolve("tokenizer_config.json"), "{" + code + ", \"eos_token\": \"</s>\"}");
        Files.writeString(source.resolve("config.json"), "{" + code + "}");

        LlamaConfig config = TinyRun.model(Map.of("auto_map", Map.of("AutoModelForCausalLM", "cats.CatForCausalLM")));
        Path target = folder.resolve("out");
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, config, false, 3)) {
            HfExport.write(model, Variant.INTACT, source, target, Dtype.F32, layer -> {});
        }
        for (String name : kept) {
            assertThat(target.resolve(name)).hasSameBinaryContentAs(source.resolve(name));
        }
        assertThat(target)
                .isDirectoryNotContaining(
                        file -> left.contains(file.getFileName().toString()));
        assertThat(target.resolve("additional_chat_templates/run.py")).doesNotExist();
        assertThat(target.resolve("LICENSE.d")).doesNotExist();
        assertThat(Files.readString(target.resolve("config.json"))).doesNotContain("auto_map");
        assertThat(Files.readString(target.resolve("tokenizer_config.json")))
                .contains("eos_token")
                .doesNotContain("auto_map");
        assertThat(CompanionFiles.leftOut(source))
                .singleElement()
                .asString()
                .contains("auto_map of config.json and tokenizer_config.json", source.toString());
        assertThat(CompanionFiles.leftOut(target)).isEmpty();
    }

    @Test
    void aLargeVocabularyIsWrittenPieceByPiece() {
        // More than a million numbers, and no multiple of what is written at a time.
        LlamaConfig config = TinyRun.model(Map.of("vocab_size", 100_003));
        try (Torch torch = Torch.open("cpu")) {
            Path source = TinyRun.writeModel(torch, config, folder.resolve("source"), 5);
            try (ModelFolder opened = ModelFolder.open(source);
                    Decoder model = Decoder.load(torch, opened, 8, false);
                    Decoder made = TinyModel.random(torch, config, false, 5)) {
                assertThat(made.embedding().size()).isGreaterThan(1 << 20);
                assertThat(Arrays.equals(
                                model.embedding().toFloatArray(),
                                made.embedding().toFloatArray()))
                        .isTrue();
            }
        }
    }

    @Test
    void modelsOfFewPositionsAreComparedOnAsManyTokens() {
        LlamaConfig config = TinyRun.model(Map.of("max_position_embeddings", 8));
        try (Torch torch = Torch.open("cpu")) {
            Path source = TinyRun.writeModel(torch, config, folder.resolve("source"), 5);
            try (ModelFolder opened = ModelFolder.open(source);
                    Decoder model = Decoder.load(torch, opened, 8, false)) {
                assertThat(LogitsCheck.compare(model, Variant.INTACT, source, true))
                        .isZero();
            }
        }
    }

    @Test
    void aModelThatComputesNoNumbersIsNotTakenForWhatItWasMadeFrom() {
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, TinyRun.model(Map.of()), false, 3)) {
            try (NDManager scope = torch.scope()) {
                float[] huge = model.norm().toFloatArray();
                Arrays.fill(huge, Float.MAX_VALUE);
                torch.tensor(scope, "copy_into", model.norm(), torch.floats(scope, huge, huge.length));
            }
            Path target = folder.resolve("out");
            HfExport.write(model, Variant.INTACT, folder, target, Dtype.F32, layer -> {});
            assertThatThrownBy(() -> LogitsCheck.compare(model, Variant.INTACT, target, true))
                    .isInstanceOf(LogitsCheck.Mismatch.class)
                    .hasMessageContaining("logits that are no numbers");
        }
    }

    @Test
    void roundedWeightsAreComparedLooselyAndAnotherModelIsRefused() throws IOException {
        LlamaConfig config = TinyRun.model(Map.of());
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, config, false, 3);
                Decoder other = TinyModel.random(torch, config, false, 4)) {
            Path target = folder.resolve("out");
            HfExport.write(model, Variant.INTACT, folder, target, Dtype.BF16, layer -> {});
            assertThat(LogitsCheck.compare(model, Variant.INTACT, target, false))
                    .isPositive();
            assertThatThrownBy(() -> LogitsCheck.compare(model, Variant.INTACT, target, true))
                    .isInstanceOf(LogitsCheck.Mismatch.class)
                    .hasMessageContaining("a logit is off by");
            assertThatThrownBy(() -> LogitsCheck.compare(other, Variant.INTACT, target, false))
                    .isInstanceOf(LogitsCheck.Mismatch.class);
            assertThat(Files.exists(target.resolve("tokenizer.json"))).isFalse();
        }
    }
}
