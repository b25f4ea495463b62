package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.report.ModelCardData.Loaders;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelCardTest {
    private static final Loaders EVERYTHING = new Loaders(true, true, true, true);
    private static final ModelCardData.Shape BEFORE =
            new ModelCardData.Shape(576, 64, 49152, List.of(9, 9), List.of(3, 3), List.of(1536, 1536));
    private static final ModelCardData.Shape AFTER =
            new ModelCardData.Shape(576, 64, 49152, List.of(9, 6), List.of(3, 2), List.of(1229, 1229));

    @Test
    void theCardTellsShapesNumbersAndHowToLoad() {
        String card = ModelCard.text(card("org/base", Optional.of("apache-2.0"), EVERYTHING));

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
                        "llama-quantize gguf/*.gguf q4_k_m.gguf Q4_K_M")
                .doesNotContain("hf-padded");
    }

    @Test
    void whatIsGoneIsToldByWhatDiffers() {
        assertThat(ModelCard.text(card("org/base", Optional.empty(), EVERYTHING)))
                .contains("(method `nuteprune`). Whole attention heads and FFN channels are gone. The folder holds");
        ModelCardData.Shape fewer = new ModelCardData.Shape(576, 64, 49152, List.of(9), List.of(3), List.of(1536));
        assertThat(ModelCard.text(card("org/base", fewer))).contains(". Whole layers are gone. The folder holds");
        ModelCardData.Shape all = new ModelCardData.Shape(512, 64, 49152, List.of(8), List.of(2), List.of(1024));
        assertThat(ModelCard.text(card("org/base", all)))
                .contains(". Whole layers, attention heads, FFN channels and hidden channels are gone. The folder");
        assertThat(ModelCard.text(card("org/base", BEFORE)))
                .contains("`). The folder holds")
                .doesNotContain("gone");
    }

    @Test
    void aModelOfUnevenLayersIsLoadedByStockLoadersWhenItIsFilledUp() {
        String card = ModelCard.text(card("org/base", Optional.empty(), new Loaders(false, true, true, true)));

        assertThat(card).doesNotContain("library_name", "license:", "serve path/to", "from_pretrained(\"path/to");
        assertThat(card)
                .contains(
                        "Layers differ in shape",
                        "Espalier and llama.cpp can.",
                        "--format hf-padded --out padded",
                        "AutoModelForCausalLM.from_pretrained(\"padded\")",
                        "vllm serve padded",
                        "pretrained=padded",
                        "--format gguf",
                        "espalier generate");
    }

    @Test
    void aModelWhoseHeadsDoNotDivideItsHiddenSizeIsNotPromisedToTransformers() {
        String card = ModelCard.text(card("org/base", Optional.empty(), new Loaders(true, false, false, true)));

        assertThat(card).doesNotContain("library_name", "AutoModel", "Layers differ", "vllm", "lm_eval", "hf-padded");
        assertThat(card).contains("no multiple of the number of heads", "Espalier and llama.cpp can.", "--format gguf");
    }

    @Test
    void aFamilyThatIsNotWrittenForLlamaCppIsNotPromisedToIt() {
        String alike = ModelCard.text(card("org/base", Optional.empty(), new Loaders(true, true, true, false)));
        assertThat(alike).doesNotContain("gguf", "llama-cli", "llama.cpp").contains("vllm serve path/to/this/folder");
        String ragged = ModelCard.text(card("org/base", Optional.empty(), new Loaders(false, true, true, false)));
        assertThat(ragged).doesNotContain("gguf", "llama-cli", "llama.cpp").contains("Espalier can.", "hf-padded");
    }

    @Test
    void aNameCannotBreakOutOfTheFrontMatterOrTheText() {
        String card = ModelCard.text(card("x\"\n---\n<img src=a> | `y`", Optional.empty(), EVERYTHING));

        assertThat(card).contains("base_model: \"x\\\" --- <img src=a> | `y`\"\n");
        assertThat(card).contains("x&quot; --- &lt;img src=a&gt; \\| \\`y\\`, made smaller");
        assertThat(ModelCard.text(card("Ada's #1", Optional.empty(), EVERYTHING)))
                .contains("Ada&#39;s \\#1, made");
    }

    private static ModelCardData card(String base, Optional<String> license, Loaders loaders) {
        return card(base, license, AFTER, loaders);
    }

    private static ModelCardData card(String base, ModelCardData.Shape after) {
        return card(base, Optional.empty(), after, EVERYTHING);
    }

    private static ModelCardData card(
            String base, Optional<String> license, ModelCardData.Shape after, Loaders loaders) {
        return new ModelCardData(
                SampleReport.of("run", 5),
                base,
                license,
                BEFORE,
                after,
                List.of("c4, 2000 documents"),
                42,
                List.of("recover: 300 steps, learning rate 0.001"),
                loaders);
    }
}
