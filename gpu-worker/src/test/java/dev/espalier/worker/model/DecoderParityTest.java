package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.espalier.worker.checkpoint.WeightShapes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecoderParityTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "mha-untied",
                "gqa-tied",
                "gqa-headdim",
                "mqa-bf16",
                "sharded",
                "llama3-rope",
                "qwen2-bias",
                "tied-other-head",
                "tied-head-only",
                "qwen3",
                "qwen3-yarn",
                "mistral-window",
                "smollm3",
                "granite",
                "olmo2",
                "phi3",
                "gemma2",
                "gemma3"
            })
    void logitsAgreeWithTransformers(String name) {
        try (Fixture fixture = Fixture.open(name, "expected.safetensors");
                Decoder decoder = fixture.decoder(false)) {
            NDArray logits = decoder.logits(fixture.scope, fixture.ids(), Variant.INTACT);
            assertClose(logits, fixture.expected.floats("logits"), 1e-4);
        }
    }

    @ParameterizedTest
    @CsvSource({"mha-untied,false", "mha-untied,true", "gqa-tied,false", "gqa-tied,true"})
    void theStudentsLogitsLossesAndGradientsAgreeWithPyTorch(String name, boolean recompute) {
        try (Fixture fixture = Fixture.open(name, "training.safetensors");
                Decoder decoder = fixture.decoder(recompute)) {
            Variant student = fixture.student();
            assertClose(
                    decoder.logits(fixture.scope, fixture.ids(), student),
                    fixture.expected.floats("student.logits"),
                    1e-4);
            NDList teacher = decoder.hiddenStates(fixture.scope, fixture.ids(), Variant.INTACT, true);

            TrainingPass.Step kl =
                    distil(fixture, decoder, student, teacher, new TrainingPass.Distillation(2 / 3.0, 1, 0, false));
            assertLoss(kl.losses().get(0), fixture, "loss.kl.2-3");
            assertGradients(kl, fixture, "grad.kl.2-3.");

            TrainingPass.Step layers =
                    distil(fixture, decoder, student, teacher, new TrainingPass.Distillation(1, 0, 1, false));
            assertLoss(layers.losses().get(1), fixture, "loss.layers");
            assertGradients(layers, fixture, "grad.layers.");

            TrainingPass.Step normalised =
                    distil(fixture, decoder, student, teacher, new TrainingPass.Distillation(1, 0, 1, true));
            assertLoss(normalised.losses().get(1), fixture, "loss.layers.normalised");
            assertGradients(normalised, fixture, "grad.layers.normalised.");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"mha-untied", "gqa-tied"})
    void theGradientOfEveryWeightAgreesWithPyTorch(String name) {
        try (Fixture fixture = Fixture.open(name, "training.safetensors");
                Decoder decoder = fixture.decoder(false)) {
            TrainingPass.Step step = new TrainingPass(decoder)
                    .language(fixture.scope, fixture.ids(), fixture.labels(), Variant.INTACT, Gradients.ALL);
            assertLoss(step.losses().get(0), fixture, "loss.ce");
            int layers = fixture.config.layers().size();
            for (int layer = 0; layer < layers; layer++) {
                for (Slot slot : EnumSet.range(Slot.NORM1, Slot.DOWN)) {
                    assertClose(
                            step.weights().get(slot.at(layer)),
                            fixture.expected.floats("grad.ce." + slot.nameIn(layer)),
                            2e-5);
                }
            }
            int top = layers * Slot.STRIDE;
            assertClose(step.weights().get(top), fixture.expected.floats("grad.ce." + WeightShapes.EMBEDDING), 2e-5);
            assertClose(
                    step.weights().get(top + 1), fixture.expected.floats("grad.ce." + WeightShapes.FINAL_NORM), 2e-5);
            if (!fixture.config.tiedEmbeddings()) {
                assertClose(step.weights().get(top + 2), fixture.expected.floats("grad.ce." + WeightShapes.HEAD), 2e-5);
            }
        }
    }

    @Test
    void negativeLogLikelihoodsOfTokensAreThoseOfTheLogits() {
        try (Fixture fixture = Fixture.open("gqa-tied", "training.safetensors");
                Decoder decoder = fixture.decoder(false)) {
            NDArray nll = decoder.tokenNll(fixture.scope, fixture.ids(), fixture.labels(), Variant.INTACT);
            double mean = nll.sum().getFloat() / (2 * 23);
            assertThat(mean).isCloseTo(fixture.expected.floats("loss.ce")[0], Offset.offset(1e-5));
        }
    }

    private static TrainingPass.Step distil(
            Fixture fixture, Decoder decoder, Variant student, NDList teacher, TrainingPass.Distillation weights) {
        return new TrainingPass(decoder)
                .distil(fixture.scope, fixture.ids(), student, teacher, decoder.head(), weights, Gradients.NONE);
    }

    private static void assertGradients(TrainingPass.Step step, Fixture fixture, String prefix) {
        assertClose(step.masks().get(0), fixture.expected.floats(prefix + "mask.hidden"), 1e-4);
        List<NDArray> heads = new ArrayList<>();
        List<NDArray> ffn = new ArrayList<>();
        for (int layer = 0; layer < fixture.config.layers().size(); layer++) {
            heads.add(step.masks().get(1 + 2 * layer));
            ffn.add(step.masks().get(2 + 2 * layer));
            int at = 2 * layer * Slot.PROJECTIONS.size();
            for (Slot slot : Slot.PROJECTIONS) {
                String name = prefix + "lora." + layer + "." + slot.word();
                assertClose(step.lora().get(at++), fixture.expected.floats(name + ".a"), 1e-4);
                assertClose(step.lora().get(at++), fixture.expected.floats(name + ".b"), 1e-4);
            }
        }
        assertClose(NDArrays.concat(new NDList(heads)), fixture.expected.floats(prefix + "mask.heads"), 1e-4);
        assertClose(NDArrays.concat(new NDList(ffn)), fixture.expected.floats(prefix + "mask.ffn"), 1e-4);
    }

    private static void assertLoss(NDArray loss, Fixture fixture, String name) {
        float expected = fixture.expected.floats(name)[0];
        assertThat(loss.getFloat()).isCloseTo(expected, Offset.offset(Math.max(1e-5f, Math.abs(expected) * 1e-5f)));
    }

    /** Largest difference, relative to the largest expected value or 1. */
    private static void assertClose(NDArray actual, float[] expected, double tolerance) {
        float[] values = actual.toFloatArray();
        assertThat(values).hasSameSizeAs(expected);
        double scale = 1;
        double worst = 0;
        for (int i = 0; i < values.length; i++) {
            scale = Math.max(scale, Math.abs(expected[i]));
            worst = Math.max(worst, Math.abs(values[i] - expected[i]));
        }
        assertThat(worst / scale).isLessThan(tolerance);
    }
}
