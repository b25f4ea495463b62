package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelCardTest {
    private static final ModelCardData.Shape BEFORE =
            new ModelCardData.Shape(576, 64, 49152, List.of(9, 9), List.of(3, 3), List.of(1536, 1536));
    private static final ModelCardData.Shape AFTER =
            new ModelCardData.Shape(576, 64, 49152, List.of(9, 6), List.of(3, 2), List.of(1229, 1229));

    @Test
    void theCardTellsShapesNumbersAndHowToLoad() {
        String card = ModelCard.text(card("org/base", Optional.of("apache-2.0"), true, true));

        assertThat(card).startsWith("---\nlicense: \"apache-2.0\"\nbase_model: \"org/base\"\n");
        assertThat(card).contains("library_name: transformers", "\n---\n\n# run\n");
        assertThat(card).contains("| query heads | 9 | 6 to 9, by layer |", "| FFN channels | 1536 | 1229 |");
        assertThat(card).contains("134 515 008 before, 113 280 768 after");
        assertThat(card).contains("| after recover | 25.02 \u00b10.70 (+23.6\u202f%) |");
        assertThat(card)
                .contains(
                        "- base model: org/base, licence apache-2.0",
                        "- seed: 42",
                        "- recover: 300 steps, learning rate 0.001",
                        "- text: c4, 2000 documents");
        assertThat(card)
                .contains(
                        "AutoModelForCausalLM.from_pretrained",
                        "load_in_4bit=True",
                        "vllm serve path/to/this/folder",
                        "lm_eval --model hf --model_args pretrained=path/to/this/folder",
                        "--format gguf --dtype f16",
                        "llama-cli -m gguf/*.gguf",
                        "llama-quantize gguf/*.gguf q4_k_m.gguf Q4_K_M");
    }

    @Test
    void aModelOfUnevenLayersDoesNotPromiseStockLoaders() {
        String card = ModelCard.text(card("org/base", Optional.empty(), false, true));

        assertThat(card).doesNotContain("library_name", "license:", "AutoModel", "vllm serve", "lm_eval");
        assertThat(card).contains("Layers differ in shape", "espalier generate", "--format gguf");
    }

    @Test
    void aModelWhoseHeadsDoNotDivideItsHiddenSizeIsNotPromisedToTransformers() {
        String card = ModelCard.text(card("org/base", Optional.empty(), true, false));

        assertThat(card).doesNotContain("library_name", "AutoModel", "Layers differ");
        assertThat(card).contains("no multiple of the number of heads");
    }

    @Test
    void aNameCannotBreakOutOfTheFrontMatterOrTheText() {
        String card = ModelCard.text(card("x\"\n---\n<img src=a> | `y`", Optional.empty(), true, true));

        assertThat(card).contains("base_model: \"x\\\" --- <img src=a> | `y`\"\n");
        assertThat(card).contains("x&quot; --- &lt;img src=a&gt; \\| \\`y\\`, made smaller");
    }

    private static ModelCardData card(String base, Optional<String> license, boolean alike, boolean dividing) {
        return new ModelCardData(
                SampleReport.of("run", 5),
                base,
                license,
                BEFORE,
                AFTER,
                List.of("c4, 2000 documents"),
                42,
                List.of("recover: 300 steps, learning rate 0.001"),
                new ModelCardData.Loaders(alike, dividing, true));
    }
}
