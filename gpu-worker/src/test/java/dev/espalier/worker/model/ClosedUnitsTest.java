package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Channels whose gate is 0, and a teacher's heads, are left out of the computation where there are enough of them. A gate
 * of 1e-30 closes a unit just as well, but is computed with, so that both must come to the same.
 */
class ClosedUnitsTest {
    private static final float ALMOST_CLOSED = 1e-30f;

    private static Torch torch;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void leavingThemOutChangesNeitherLossesNorGradients(boolean recompute, boolean hidden) {
        requireSame(
                TinyModel.ragged(
                        TinyModel.config(Map.of()),
                        new LayerShape(4, 2, 24),
                        new LayerShape(4, 2, 9),
                        new LayerShape(4, 2, 10)),
                recompute,
                hidden);
    }

    /** Of other families, whose layers have other activations, norms and windows. */
    @ParameterizedTest
    @MethodSource("dev.espalier.worker.model.TinyFamilies#configs")
    void leavingThemOutChangesNothingInAnyFamily(LlamaConfig family) {
        int kvHeads = family.layers().get(0).kvHeads();
        requireSame(
                TinyModel.ragged(family, new LayerShape(4, kvHeads, 24), new LayerShape(4, kvHeads, 9)),
                false,
                !family.architecture().embeddingByWidth());
    }

    private static void requireSame(LlamaConfig config, boolean recompute, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, recompute, 3);
                NDManager scope = torch.scope()) {
            int[][] rows = TinyModel.tokens(config, 2, 6, 4);
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            NDArray labels = TokenTensors.nextTokens(torch, scope, rows);
            NDList taught = model.hiddenStates(scope, ids, Variant.INTACT, true);
            NDList lora = TinyModel.lora(torch, scope, model, 2, 6);
            Variant closed = new Variant(masks(scope, config, hidden, 0), lora, 0.7);
            Variant almost = new Variant(masks(scope, config, hidden, ALMOST_CLOSED), lora, 0.7);
            assertClose(model.hiddenStates(scope, ids, closed, true), model.hiddenStates(scope, ids, almost, true));
            TrainingPass.Distillation loss = new TrainingPass.Distillation(1.5, 1, 0.3, true);
            for (Gradients own : Gradients.values()) {
                assertClose(
                        new TrainingPass(model).distil(scope, ids, closed, taught, model.head(), loss, own),
                        new TrainingPass(model).distil(scope, ids, almost, taught, model.head(), loss, own));
                assertClose(
                        new TrainingPass(model).language(scope, ids, labels, closed, own),
                        new TrainingPass(model).language(scope, ids, labels, almost, own));
            }
        }
    }

    /** Half of the first layer's query heads closed, with a key/value head; all of the second's; one of the third's. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void leavingOutATeachersClosedHeadsChangesNothing(boolean biases, boolean channels) {
        LlamaConfig config = TinyModel.ragged(
                TinyModel.config(Map.of("attention_bias", biases)),
                new LayerShape(4, 2, 24),
                new LayerShape(4, 2, 9),
                new LayerShape(3, 2, 10, List.of(0, 1, 1)));
        try (Decoder model = TinyModel.random(torch, config, false, 3);
                NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(config, 2, 6, 4));
            for (NDList lora : List.of(new NDList(), TinyModel.lora(torch, scope, model, 2, 6))) {
                Variant closed = new Variant(heads(scope, config, channels, 0), lora, 0.7);
                Variant almost = new Variant(heads(scope, config, channels, ALMOST_CLOSED), lora, 0.7);
                assertClose(model.hiddenStates(scope, ids, closed, true), model.hiddenStates(scope, ids, almost, true));
            }
        }
    }

    private static NDList heads(NDManager scope, LlamaConfig config, boolean channels, float closed) {
        NDList masks = channels ? masks(scope, config, true, closed) : TinyModel.masks(torch, scope, config, false, 5);
        masks.set(1, torch.floats(scope, new float[] {closed, closed, 0.5f, 0.7f}, 4));
        masks.set(3, torch.floats(scope, new float[] {closed, closed, closed, closed}, 4));
        masks.set(5, torch.floats(scope, new float[] {closed, 0.8f, closed}, 3));
        return masks;
    }

    /** Two thirds of the first layer's channels closed, all of the second's, none of the third's. */
    private static NDList masks(NDManager scope, LlamaConfig config, boolean hidden, float closed) {
        NDList masks = TinyModel.masks(torch, scope, config, hidden, 5);
        masks.set(2, gates(scope, 24, 3, closed));
        masks.set(4, gates(scope, 9, 9, closed));
        if (config.layers().size() > 2) {
            masks.set(6, gates(scope, 10, 0, closed));
        }
        return masks;
    }

    /** One in {@code each} channels is open; 0: all are; as many as there are channels: none. */
    private static NDArray gates(NDManager scope, int channels, int each, float closed) {
        float[] gates = new float[channels];
        for (int i = 0; i < channels; i++) {
            boolean open = each == 0 || (each < channels && i % each == 0);
            gates[i] = open ? 0.4f + 0.02f * i : closed;
        }
        return torch.floats(scope, gates, channels);
    }

    private static void assertClose(TrainingPass.Step actual, TrainingPass.Step expected) {
        assertClose(new NDList(actual.losses()), new NDList(expected.losses()));
        assertClose(actual.lora(), expected.lora());
        assertClose(actual.masks(), expected.masks());
        assertThat(actual.weights()).hasSameSizeAs(expected.weights());
    }

    private static void assertClose(NDList actual, NDList expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            float[] a = actual.get(i).toFloatArray();
            float[] e = expected.get(i).toFloatArray();
            assertThat(a).as("tensor %d", i).hasSameSizeAs(e);
            for (int j = 0; j < a.length; j++) {
                assertThat(a[j])
                        .as("tensor %d at %d", i, j)
                        .isCloseTo(e[j], Offset.offset(1e-5f * Math.max(1, Math.abs(e[j]))));
            }
        }
    }
}
