package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The hand-written backward pass against finite differences of the forward pass. */
class GradientTest {
    private static Torch torch;
    private static FiniteDifferences differences;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        differences = new FiniteDifferences(torch);
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    static Stream<Arguments> models() {
        LlamaConfig grouped = TinyModel.config(Map.of());
        LlamaConfig ragged =
                TinyModel.ragged(grouped, new LayerShape(3, 2, 7, List.of(0, 0, 1)), new LayerShape(2, 1, 4));
        LlamaConfig halves = TinyModel.ragged(grouped, new LayerShape(0, 0, 7), new LayerShape(2, 1, 0));
        LlamaConfig one = TinyModel.ragged(grouped, new LayerShape(1, 1, 1), new LayerShape(4, 2, 10));
        LlamaConfig biased = TinyModel.config(Map.of("attention_bias", true, "num_key_value_heads", 4));
        return Stream.of(
                Arguments.of("grouped", grouped, true),
                Arguments.of("grouped", grouped, false),
                Arguments.of("biased", biased, true),
                Arguments.of("biased", biased, false),
                Arguments.of("tied", TinyModel.config(Map.of("tie_word_embeddings", true)), true),
                Arguments.of("qwen", TinyModel.config(Map.of("model_type", "qwen2")), true),
                Arguments.of("ragged", ragged, true),
                Arguments.of("halves", halves, false),
                Arguments.of("one unit left", one, false));
    }

    static Stream<Arguments> families() {
        return TinyFamilies.named()
                .map(family -> Arguments.of(
                        family.get()[0],
                        family.get()[1],
                        !family.get()[0].toString().startsWith("gemma")));
    }

    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource({"models", "families"})
    void recomputingALayerChangesNoBitOfLossAndGradients(String name, LlamaConfig config, boolean hidden) {
        try (Decoder keeping = TinyModel.random(torch, config, false, 3);
                Decoder recomputing = TinyModel.random(torch, config, true, 3);
                NDManager scope = torch.scope()) {
            int[][] rows = TinyModel.tokens(config, 2, 6, 4);
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            NDArray labels = TokenTensors.nextTokens(torch, scope, rows);
            Variant student = student(torch, scope, keeping, hidden);
            NDList taught = keeping.hiddenStates(scope, ids, Variant.INTACT, true);
            TrainingPass.Distillation loss = new TrainingPass.Distillation(1.5, 1, 0.3, true);
            assertSame(
                    new TrainingPass(recomputing)
                            .distil(scope, ids, student, taught, keeping.head(), loss, Gradients.ALL),
                    new TrainingPass(keeping).distil(scope, ids, student, taught, keeping.head(), loss, Gradients.ALL));
            assertSame(
                    new TrainingPass(recomputing).language(scope, ids, labels, student, Gradients.ALL),
                    new TrainingPass(keeping).language(scope, ids, labels, student, Gradients.ALL));
        }
    }

    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource("models")
    void withoutTheWordsTheOtherGradientsStayAsTheyAre(String name, LlamaConfig config, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, false, 3);
                NDManager scope = torch.scope()) {
            int[][] rows = TinyModel.tokens(config, 2, 6, 4);
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            NDArray labels = TokenTensors.nextTokens(torch, scope, rows);
            Variant student = student(torch, scope, model, hidden);
            NDList taught = model.hiddenStates(scope, ids, Variant.INTACT, true);
            TrainingPass.Distillation loss = new TrainingPass.Distillation(1.5, 1, 0.3, true);
            assertWithoutWords(
                    model,
                    new TrainingPass(model).distil(scope, ids, student, taught, model.head(), loss, Gradients.LAYERS),
                    new TrainingPass(model).distil(scope, ids, student, taught, model.head(), loss, Gradients.ALL));
            assertWithoutWords(
                    model,
                    new TrainingPass(model).language(scope, ids, labels, student, Gradients.LAYERS),
                    new TrainingPass(model).language(scope, ids, labels, student, Gradients.ALL));
        }
    }

    private static void assertWithoutWords(Decoder model, TrainingPass.Step layers, TrainingPass.Step all) {
        int top = model.weights().size();
        for (int i : new int[] {top, top + 2}) {
            assertThat(layers.weights().get(i).size()).isZero();
        }
        assertSame(new NDList(layers.losses()), new NDList(all.losses()));
        assertSame(layers.lora(), all.lora());
        assertSame(layers.masks(), all.masks());
        assertSame(
                new NDList(layers.weights().subList(0, top)),
                new NDList(all.weights().subList(0, top)));
        assertSame(
                new NDList(layers.weights().get(top + 1)),
                new NDList(all.weights().get(top + 1)));
    }

    private static void assertSame(TrainingPass.Step actual, TrainingPass.Step expected) {
        assertSame(new NDList(actual.losses()), new NDList(expected.losses()));
        assertSame(actual.lora(), expected.lora());
        assertSame(actual.masks(), expected.masks());
        assertSame(actual.weights(), expected.weights());
    }

    private static void assertSame(NDList actual, NDList expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            if (expected.get(i).getDataType() == DataType.FLOAT32) {
                assertThat(actual.get(i).toFloatArray())
                        .isEqualTo(expected.get(i).toFloatArray());
            }
        }
    }

    static Variant student(Torch torch, NDManager scope, Decoder model, boolean hidden) {
        return new Variant(
                TinyModel.masks(torch, scope, model.config(), hidden, 5),
                TinyModel.lora(torch, scope, model, 2, 6),
                0.7);
    }

    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource({"models", "families"})
    void gradientsOfALanguageStepAreItsFiniteDifferences(String name, LlamaConfig config, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                NDManager scope = torch.scope()) {
            int[][] rows = TinyModel.tokens(config, 2, 6, 8);
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            NDArray labels = TokenTensors.nextTokens(torch, scope, rows);
            Variant student = student(torch, scope, model, hidden);
            TrainingPass.Step step = new TrainingPass(model).language(scope, ids, labels, student, Gradients.ALL);
            assertThat(step.losses().get(0).getFloat())
                    .isCloseTo((float) languageLoss(model, scope, ids, labels, student), Offset.offset(1e-5f));
            ToDoubleFunction<NDManager> again = inner -> languageLoss(model, inner, ids, labels, student);
            for (int i = 0; i < student.lora().size(); i++) {
                differences.check(
                        "factor " + i, student.lora().get(i), step.lora().get(i), again);
            }
            for (int i = 0; i < student.masks().size(); i++) {
                differences.check(
                        "mask " + i, student.masks().get(i), step.masks().get(i), again);
            }
            differences.weights(model, step, again);
        }
    }

    /** By the forward pass alone: a third of a step's time, and what the model is used by. */
    private static double languageLoss(Decoder model, NDManager scope, NDArray ids, NDArray labels, Variant student) {
        float[] nll = model.tokenNll(scope, ids, labels, student).toFloatArray();
        int[] next = labels.toType(DataType.INT32, false).toIntArray();
        return IntStream.range(0, nll.length)
                .filter(i -> next[i] != -100)
                .mapToDouble(i -> nll[i])
                .average()
                .orElseThrow();
    }
}
