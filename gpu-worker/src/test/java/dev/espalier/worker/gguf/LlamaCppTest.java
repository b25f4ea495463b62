package dev.espalier.worker.gguf;

import static dev.espalier.worker.gguf.SameText.model;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.generation.Generator;
import dev.espalier.worker.generation.StopTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The texts that llama.cpp and we continue with, always by the likeliest token. */
class LlamaCppTest {
    @TempDir
    private Path folder;

    @Test
    void layersThatAreAlikeAreLlama() throws IOException {
        same(model(Map.of()));
        same(model(Map.of("tie_word_embeddings", true, "num_attention_heads", 5, "num_key_value_heads", 5)));
        same(model(Map.of(
                "rope_scaling",
                Map.of(
                        "rope_type", "llama3",
                        "factor", 8.0,
                        "low_freq_factor", 1.0,
                        "high_freq_factor", 4.0,
                        "original_max_position_embeddings", 16))));
        same(model(Map.of("rope_scaling", Map.of("rope_type", "linear", "factor", 2.0))));
    }

    @Test
    void qwenIsItselfOrWithFewerHeadsALlamaWithBiases() throws IOException {
        same(model(Map.of("model_type", "qwen2")));
        same(model(Map.of("model_type", "qwen2", "num_attention_heads", 2, "num_key_value_heads", 1)));
    }

    @Test
    void layersThatDifferAreDeci() throws IOException {
        LlamaConfig ragged = TinyModel.ragged(
                model(Map.of()),
                new LayerShape(0, 0, 24),
                new LayerShape(3, 2, 40, List.of(0, 1, 0)),
                new LayerShape(0, 0, 0),
                new LayerShape(0, 0, 7),
                new LayerShape(4, 2, 0));
        same(ragged);
        LlamaConfig headless = TinyModel.ragged(
                model(Map.of("tie_word_embeddings", true)), new LayerShape(1, 1, 9), new LayerShape(0, 0, 24));
        same(headless);
        LlamaConfig biased = TinyModel.ragged(
                model(Map.of("attention_bias", true)),
                new LayerShape(3, 2, 40, List.of(0, 1, 0)),
                new LayerShape(0, 0, 24),
                new LayerShape(0, 0, 0));
        same(biased);
    }

    @ParameterizedTest
    @EnumSource(GgufType.class)
    void matricesOfEveryTypeAreLoadedInLayersThatAreAlikeAndThatDiffer(GgufType type) throws IOException {
        LayerShape whole = new LayerShape(4, 2, 40);
        mostlySame(model(Map.of()), type);
        mostlySame(TinyModel.ragged(model(Map.of()), new LayerShape(4, 1, 24), new LayerShape(0, 0, 7), whole), type);
    }

    @Test
    void theDemoModelWritesTheSameTextOfTheSameTokens() {
        Path demo = Path.of("../cli/src/main/resources/demo/model");
        Path file = folder.resolve("demo.gguf");
        try (Torch torch = Torch.open("cpu");
                ModelFolder opened = ModelFolder.open(demo);
                Decoder decoder = Decoder.load(torch, opened, 128, false);
                Tokenizer tokenizer = opened.openTokenizer()) {
            GgufExport.write(opened, "demo", file, GgufType.F32);
            try (LlamaCpp llama = LlamaCpp.load(file, 128)) {
                for (String text : List.of(
                        "Anna had 12 pears,  and\n\tTom's cat 345.",
                        "na\u00efve \u2013 \u65e5\u672c \ud83c\udf32",
                        "one<|endoftext|>two")) {
                    assertThat(llama.encode(text)).containsExactly(tokenizer.encode(text, false));
                }
                StringBuilder ours = new StringBuilder();
                new Generator(decoder, tokenizer, 128, StopTokens.of(demo, opened.config()))
                        .generate("The", 60, 0, 1, ours::append);
                assertThat(llama.continued("The", 60)).isEqualTo(ours.toString());
            }
        }
    }

    private void same(LlamaConfig config) throws IOException {
        SameText.check(folder, config);
    }

    /** Rounding changes which of two tokens that are nearly as likely is the likelier one; by chance 1 of 79 is the same. */
    private void mostlySame(LlamaConfig config, GgufType type) throws IOException {
        Path model = SameText.source(folder, config);
        List<String> ours = new ArrayList<>();
        List<String> theirs = new ArrayList<>();
        try (Torch torch = Torch.open("cpu");
                ModelFolder opened = ModelFolder.open(model);
                Decoder decoder = Decoder.load(torch, opened, 64, false);
                Tokenizer tokenizer = opened.openTokenizer();
                LlamaCpp llama = LlamaCpp.load(SameText.write(opened, type), 64)) {
            Generator generator = new Generator(decoder, tokenizer, 64, StopTokens.of(model, config));
            for (String beginning : SameText.beginnings()) {
                ours.add(SameText.ours(generator, beginning, 1));
                theirs.add(llama.continued(beginning, 1));
            }
        }
        long same = IntStream.range(0, ours.size())
                .filter(i -> ours.get(i).equals(theirs.get(i)))
                .count();
        assertThat(same)
                .as("%s, tokens of %s: %s beside %s", type, config.layers(), ours, theirs)
                .isGreaterThanOrEqualTo(ours.size() - 2);
    }
}
