package dev.espalier.worker.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.generation.Generator;
import dev.espalier.worker.generation.StopTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Random models with one text, which llama.cpp and we are to continue alike. */
final class SameText {
    static final String PROMPT = "the cat ran to the mat and then he sat";
    private static final int CONTEXT = 64;
    private static final int TOKENS = 24;
    private static final float QUIET = 0.05f;
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
        Path model = Files.createTempDirectory(folder, "model");
        try (Torch torch = Torch.open("cpu");
                Decoder random = TinyModel.random(torch, config, false, 5)) {
            if (config.tiedEmbeddings()) {
                // else each token would be followed by itself, whatever the layers do
                float[] values = random.embedding().toFloatArray();
                for (int i = 0; i < values.length; i++) {
                    values[i] *= QUIET;
                }
                random.embedding().set(FloatBuffer.wrap(values));
            }
            TinyRun.writeTokenizer(model);
            HfExport.write(random, Variant.INTACT, model, model, Dtype.F32, layer -> {});
        }
        return model;
    }

    static Path write(ModelFolder folder, GgufType type) {
        Path file = folder.path().resolve("tiny.gguf");
        GgufExport.write(folder, "tiny", file, type);
        return file;
    }

    /** Writes a random model below the folder, and compares. */
    static void check(Path folder, LlamaConfig config) throws IOException {
        check(source(folder, config));
    }

    /** Compares what both continue the text with. */
    static void check(Path model) {
        try (Torch torch = Torch.open("cpu");
                ModelFolder opened = ModelFolder.open(model);
                Decoder decoder = Decoder.load(torch, opened, CONTEXT, false);
                Tokenizer tokenizer = opened.openTokenizer();
                LlamaCpp llama = LlamaCpp.load(write(opened, GgufType.F32), CONTEXT)) {
            Generator generator = new Generator(decoder, tokenizer, CONTEXT, StopTokens.of(model, opened.config()));
            assertThat(llama.continued(PROMPT, TOKENS)).isEqualTo(ours(generator, PROMPT, TOKENS));
            // a text may repeat itself, and what follows its beginnings is then more to compare
            for (String beginning : beginnings()) {
                assertThat(llama.continued(beginning, 1)).as(beginning).isEqualTo(ours(generator, beginning, 1));
            }
        }
    }

    /** The prompt up to each of its spaces. */
    static List<String> beginnings() {
        return IntStream.range(0, PROMPT.length())
                .filter(i -> PROMPT.charAt(i) == ' ')
                .mapToObj(i -> PROMPT.substring(0, i))
                .toList();
    }

    static String ours(Generator generator, String prompt, int tokens) {
        StringBuilder text = new StringBuilder();
        generator.generate(prompt, tokens, 0, 1, text::append);
        // llama.cpp does not show control tokens
        return text.toString().replace("<|begin|>", "");
    }
}
