package dev.espalier.worker.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.generation.Generator;
import dev.espalier.worker.generation.StopTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Random models with one text, which llama.cpp and we are to continue alike. */
final class SameText {
    static final String PROMPT = "the cat ran to the mat and then he sat";
    private static final int CONTEXT = 64;
    private static final int TOKENS = 24;
    private static final Map<String, Object> WIDE =
            Map.of("hidden_size", 32, "head_dim", 8, "intermediate_size", 40, "vocab_size", 79);

    private SameText() {}

    /** @param more fields of config.json */
    static LlamaConfig model(Map<String, Object> more) {
        Map<String, Object> fields = new HashMap<>(WIDE);
        fields.putAll(more);
        return TinyRun.model(fields);
    }

    static Path source(Path folder, LlamaConfig config) throws IOException {
        try (Torch torch = Torch.open("cpu")) {
            return TinyRun.writeModel(torch, config, Files.createTempDirectory(folder, "model"), 5);
        }
    }

    static Path write(ModelFolder folder, GgufType type) {
        Path file = folder.path().resolve("tiny.gguf");
        GgufExport.write(folder, "tiny", file, type);
        return file;
    }

    /** Writes a random model below the folder and compares what both continue the text with. */
    static void check(Path folder, LlamaConfig config) throws IOException {
        Path model = source(folder, config);
        try (Torch torch = Torch.open("cpu");
                ModelFolder opened = ModelFolder.open(model);
                Decoder decoder = Decoder.load(torch, opened, CONTEXT, false);
                Tokenizer tokenizer = opened.openTokenizer();
                LlamaCpp llama = LlamaCpp.load(write(opened, GgufType.F32), CONTEXT)) {
            StringBuilder ours = new StringBuilder();
            new Generator(decoder, tokenizer, CONTEXT, StopTokens.of(model, config))
                    .generate(PROMPT, TOKENS, 0, 1, ours::append);
            // llama.cpp does not show control tokens
            assertThat(llama.continued(PROMPT, TOKENS))
                    .isEqualTo(ours.toString().replace("<|begin|>", ""));
        }
    }
}
