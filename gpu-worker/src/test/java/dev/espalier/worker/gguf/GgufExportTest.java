package dev.espalier.worker.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufExportTest {
    @TempDir
    private Path folder;

    @Test
    void theSameFolderGivesTheSameBytesAndTensorsAreAligned() throws IOException {
        Path model = model(TinyRun.model(Map.of()));
        byte[] once = Files.readAllBytes(write(model, "one.gguf", GgufType.F32));
        assertThat(Files.readAllBytes(write(model, "two.gguf", GgufType.F32))).isEqualTo(once);
        assertThat(new String(once, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("GGUF");
        assertThat(once.length % 32).isZero();
    }

    @Test
    void theChatTemplateGoesWithIt() throws IOException {
        Path model = model(TinyRun.model(Map.of()));
        Files.writeString(
                model.resolve("tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"default\", \"template\": \"{{ plain }}\"},"
                        + " {\"name\": \"tools\", \"template\": \"{{ tools }}\"}]}");
        Files.writeString(model.resolve("chat_template.jinja"), "{{ jinja }}");
        String content = Files.readString(write(model, "a.gguf", GgufType.F16), StandardCharsets.ISO_8859_1);
        assertThat(content)
                .contains("tokenizer.chat_template", "{{ jinja }}", "tokenizer.chat_template.tools", "{{ tools }}")
                .doesNotContain("{{ plain }}");
    }

    @Test
    void rowsThatNoBlockHoldsAreRefusedAndChannelsAreFilledUp() throws IOException {
        refused(model(TinyRun.model(Map.of())), GgufType.Q8_0, "hidden size is 16", "f16");
        Path heads = model(TinyModel.ragged(
                TinyRun.model(Map.of("hidden_size", 32, "head_dim", 8)),
                new LayerShape(4, 2, 24),
                new LayerShape(3, 3, 24)));
        refused(heads, GgufType.Q8_0, "layer 1 has 3 query heads of 8");
        Path channels = model(TinyRun.model(Map.of("hidden_size", 32, "head_dim", 8)));
        assertThat(write(channels, "channels.gguf", GgufType.Q8_0)).isNotEmptyFile();
    }

    @Test
    void whatLlamaCppWouldTokeniseDifferentlyIsRefusedByName() throws IOException {
        refusedTokenizer(json -> json.withObject("/model").put("type", "Unigram"), "model.type", "only BPE");
        refusedTokenizer(
                json -> json.putObject("normalizer").put("type", "Lowercase"), "normalizer", "Lowercase", "NFC");
        refusedTokenizer(
                json -> json.withObject("/pre_tokenizer").put("add_prefix_space", true),
                "pre_tokenizer",
                "add_prefix_space",
                "GPT-2");
        refusedTokenizer(
                json -> json.withObject("/model").put("end_of_word_suffix", "</w>"), "end_of_word_suffix", "</w>");
        refusedTokenizer(
                json -> json.withObject("/model").put("byte_fallback", true), "the step", "ByteLevel", "pieces");
    }

    @Test
    void whatLlamaCppDoesOtherwiseNeverthelessIsNamed() throws IOException {
        assertThat(exceptions(json -> {})).isEmpty();
        assertThat(exceptions(json -> json.putObject("normalizer").put("type", "NFC")))
                .singleElement()
                .asString()
                .contains("NFC");
        assertThat(exceptions(json ->
                        json.withArray("/added_tokens").forEach(token -> ((ObjectNode) token).put("rstrip", true))))
                .singleElement()
                .asString()
                .contains("spaces beside the token '<|endoftext|>' and others");
        for (String scheme : List.of("first", "always")) {
            List<String> found = exceptions(json -> {
                json.withObject("/model").put("byte_fallback", true);
                json.putObject("pre_tokenizer")
                        .put("type", "Metaspace")
                        .put("replacement", "\u2581")
                        .put("prepend_scheme", scheme)
                        .put("split", false);
            });
            assertThat(found).hasSize(scheme.equals("first") ? 2 : 1);
            assertThat(found.get(found.size() - 1)).contains("a text that begins with one");
        }
    }

    private List<String> exceptions(Consumer<ObjectNode> change) throws IOException {
        Path model = model(TinyRun.model(Map.of()));
        ObjectNode json = JsonFile.read(model.resolve("tokenizer.json"));
        change.accept(json);
        try (ModelFolder opened = ModelFolder.open(model)) {
            return new GgufTokenizer(opened, json, json.objectNode()).exceptions();
        }
    }

    @Test
    void tokensWithoutARowAndTextsWithoutAnEndAreRefused() throws IOException {
        Path few = model(TinyRun.model(Map.of("vocab_size", 78)));
        refused(few, GgufType.F32, "the id 78", "78 rows");
        Path endless = model(TinyRun.model(Map.of()));
        ObjectNode config = JsonFile.read(endless.resolve("config.json"));
        config.remove("eos_token_id");
        Files.writeString(endless.resolve("config.json"), config.toString());
        refused(endless, GgufType.F32, "end-of-text", "eos_token_id");
        Files.delete(endless.resolve("tokenizer.json"));
        refused(endless, GgufType.F32, "tokenizer.json");
    }

    private void refusedTokenizer(Consumer<ObjectNode> change, String... told) throws IOException {
        Path model = model(TinyRun.model(Map.of()));
        ObjectNode json = JsonFile.read(model.resolve("tokenizer.json"));
        change.accept(json);
        try (ModelFolder opened = ModelFolder.open(model)) {
            // after it was opened: some of these are no tokenizers to the library that runs them either
            Files.writeString(model.resolve("tokenizer.json"), json.toString());
            assertThatThrownBy(() -> GgufExport.check(opened, opened.config(), GgufType.F32))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll(told);
        }
    }

    private static void refused(Path model, GgufType type, String... told) {
        try (ModelFolder opened = ModelFolder.open(model)) {
            assertThatThrownBy(() -> GgufExport.check(opened, opened.config(), type))
                    .isInstanceOf(UserError.class)
                    .hasMessageContainingAll(told);
        }
    }

    private Path model(LlamaConfig config) throws IOException {
        try (Torch torch = Torch.open("cpu")) {
            return TinyRun.writeModel(torch, config, Files.createTempDirectory(folder, "model"), 5);
        }
    }

    private Path write(Path model, String name, GgufType type) {
        Path file = folder.resolve(name);
        try (ModelFolder opened = ModelFolder.open(model)) {
            GgufExport.write(opened, "tiny", file, type);
        }
        return file;
    }
}
