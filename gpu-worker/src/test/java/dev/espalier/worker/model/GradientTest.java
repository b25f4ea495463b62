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
import java.util.Comparator;
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
    private static final double STEP = 5e-3;

    private static Torch torch;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
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
            Variant student = student(scope, keeping, hidden);
            NDList taught = keeping.hiddenStates(scope, ids, Variant.INTACT, true);
            Decoder.Distillation loss = new Decoder.Distillation(1.5, 1, 0.3, true);
            assertSame(
                    recomputing.distillStep(scope, ids, student, taught, keeping.head(), loss, Gradients.ALL),
                    keeping.distillStep(scope, ids, student, taught, keeping.head(), loss, Gradients.ALL));
            assertSame(
                    recomputing.languageStep(scope, ids, labels, student, Gradients.ALL),
                    keeping.languageStep(scope, ids, labels, student, Gradients.ALL));
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
            Variant student = student(scope, model, hidden);
            NDList taught = model.hiddenStates(scope, ids, Variant.INTACT, true);
            Decoder.Distillation loss = new Decoder.Distillation(1.5, 1, 0.3, true);
            assertWithoutWords(
                    model,
                    model.distillStep(scope, ids, student, taught, model.head(), loss, Gradients.LAYERS),
                    model.distillStep(scope, ids, student, taught, model.head(), loss, Gradients.ALL));
            assertWithoutWords(
                    model,
                    model.languageStep(scope, ids, labels, student, Gradients.LAYERS),
                    model.languageStep(scope, ids, labels, student, Gradients.ALL));
        }
    }

    private static void assertWithoutWords(Decoder model, Decoder.Step layers, Decoder.Step all) {
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

    private static void assertSame(Decoder.Step actual, Decoder.Step expected) {
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

    private static Variant student(NDManager scope, Decoder model, boolean hidden) {
        return new Variant(
                TinyModel.masks(torch, scope, model.config(), hidden, 5),
                TinyModel.lora(torch, scope, model, 2, 6),
                0.7);
    }

    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource("models")
    void gradientsOfADistillationStepAreItsFiniteDifferences(String name, LlamaConfig config, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, false, 3);
                NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(config, 2, 6, 4));
            NDList taught = model.hiddenStates(scope, ids, Variant.INTACT, true);
            Variant student = student(scope, model, hidden);
            Decoder.Distillation loss = new Decoder.Distillation(1.5, 1, 0.3, true);
            ToDoubleFunction<Decoder.Step> total = step ->
                    step.losses().get(0).getFloat() + step.losses().get(1).getFloat();
            // the teacher does not move with the student
            float[] head = model.head().toFloatArray();
            NDArray taughtHead =
                    torch.floats(scope, head, model.head().getShape().getShape());
            Decoder.Step step = model.distillStep(scope, ids, student, taught, taughtHead, loss, Gradients.ALL);
            ToDoubleFunction<NDManager> again = inner -> total.applyAsDouble(
                    model.distillStep(inner, ids, student, taught, taughtHead, loss, Gradients.NONE));
            for (int i = 0; i < student.lora().size(); i++) {
                check("factor " + i, student.lora().get(i), step.lora().get(i), again);
            }
            checkWeights(model, step, again);
            // a hidden mask at 0 changes which elements the layer loss counts, so that loss stays out of this one
            Decoder.Distillation onlyKl = new Decoder.Distillation(1.5, 1, 0, false);
            Decoder.Step kl = model.distillStep(scope, ids, student, taught, taughtHead, onlyKl, Gradients.NONE);
            for (int i = 0; i < student.masks().size(); i++) {
                check(
                        "mask " + i,
                        student.masks().get(i),
                        kl.masks().get(i),
                        inner -> total.applyAsDouble(
                                model.distillStep(inner, ids, student, taught, taughtHead, onlyKl, Gradients.NONE)));
            }
        }
    }

    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource({"models", "families"})
    void gradientsOfALanguageStepAreItsFiniteDifferences(String name, LlamaConfig config, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                NDManager scope = torch.scope()) {
            int[][] rows = TinyModel.tokens(config, 2, 6, 8);
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            NDArray labels = TokenTensors.nextTokens(torch, scope, rows);
            Variant student = student(scope, model, hidden);
            Decoder.Step step = model.languageStep(scope, ids, labels, student, Gradients.ALL);
            assertThat(step.losses().get(0).getFloat())
                    .isCloseTo((float) languageLoss(model, scope, ids, labels, student), Offset.offset(1e-5f));
            ToDoubleFunction<NDManager> again = inner -> languageLoss(model, inner, ids, labels, student);
            for (int i = 0; i < student.lora().size(); i++) {
                check("factor " + i, student.lora().get(i), step.lora().get(i), again);
            }
            for (int i = 0; i < student.masks().size(); i++) {
                check("mask " + i, student.masks().get(i), step.masks().get(i), again);
            }
            checkWeights(model, step, again);
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

    /** Two questions of two and three choices; a row for each choice, padded. */
    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource({"models", "families"})
    void gradientsOfAStepOnChoicesAreItsFiniteDifferences(String name, LlamaConfig config, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                NDManager scope = torch.scope()) {
            int[][] rows = TinyModel.tokens(config, 5, 6, 8);
            Decoder.Choosing questions = new Decoder.Choosing(
                    TokenTensors.ids(torch, scope, rows),
                    torch.ints(scope, new int[] {2, 3, 8, 15, 16, 21, 27, 28}, 8),
                    torch.ints(scope, new int[] {3, 1, 2, 0, 4, 1, 1, 2}, 8),
                    torch.ints(scope, new int[] {0, 0, 1, 3, 3, 4, 5, 5}, 8),
                    torch.ints(scope, new int[] {0, 0, 1, 0, 0, 0}, 2, 3),
                    torch.ints(scope, new int[] {1, 2}, 2));
            Variant student = student(scope, model, hidden);
            Decoder.Step step = model.choiceStep(scope, questions, student, Gradients.ALL);
            assertThat(model.choiceLosses(scope, questions, student).get(0).getFloat())
                    .isCloseTo(step.losses().get(0).getFloat(), Offset.offset(1e-5f));
            ToDoubleFunction<NDManager> again = inner ->
                    model.choiceLosses(inner, questions, student).get(0).getFloat();
            for (int i = 0; i < student.lora().size(); i++) {
                check("factor " + i, student.lora().get(i), step.lora().get(i), again);
            }
            for (int i = 0; i < student.masks().size(); i++) {
                check("mask " + i, student.masks().get(i), step.masks().get(i), again);
            }
            checkWeights(model, step, again);
        }
    }

    private static void checkWeights(Decoder model, Decoder.Step step, ToDoubleFunction<NDManager> again) {
        for (int i = 0; i < model.weights().size(); i++) {
            if (Slot.ofIndex(i).isStored()) {
                check("weight " + i, model.weights().get(i), step.weights().get(i), again);
            }
        }
        int top = model.weights().size();
        check("embedding", model.embedding(), step.weights().get(top), again);
        check("norm", model.norm(), step.weights().get(top + 1), again);
        if (!model.config().tiedEmbeddings()) {
            check("head", model.head(), step.weights().get(top + 2), again);
        }
    }

    /** The largest entry, another, and the slope along the gradient itself. */
    private static void check(String what, NDArray x, NDArray gradient, ToDoubleFunction<NDManager> loss) {
        if (x.size() == 0) {
            assertThat(gradient.size()).as(what).isZero();
            return;
        }
        float[] g = gradient.toFloatArray();
        float[] values = x.toFloatArray();
        assertThat(g).as(what).hasSameSizeAs(values);
        List<Integer> largest = IntStream.range(0, g.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -Math.abs(g[i])))
                .limit(1)
                .toList();
        for (int i : Stream.concat(largest.stream(), Stream.of(g.length / 2)).toList()) {
            float[] direction = new float[g.length];
            direction[i] = 1;
            compare(what + " entry " + i, x, values, direction, g[i], loss);
        }
        double norm = 0;
        for (float entry : g) {
            norm += (double) entry * entry;
        }
        norm = Math.sqrt(norm);
        if (norm > 0) {
            float[] along = new float[g.length];
            for (int i = 0; i < g.length; i++) {
                along[i] = (float) (g[i] / norm);
            }
            compare(what + " along its gradient", x, values, along, norm, loss);
        }
    }

    private static void compare(
            String what, NDArray x, float[] values, float[] direction, double slope, ToDoubleFunction<NDManager> loss) {
        double expected = slope(x, values, direction, STEP, loss);
        double allowed = 5e-4 + 0.01 * Math.abs(slope);
        if (Math.abs(expected - slope) > allowed) {
            // the loss bends here: a secant over less of it
            expected = slope(x, values, direction, STEP / 5, loss);
        }
        set(x, values);
        assertThat(slope).as(what).isCloseTo(expected, Offset.offset(allowed));
    }

    private static double slope(
            NDArray x, float[] values, float[] direction, double step, ToDoubleFunction<NDManager> loss) {
        double above = at(x, values, direction, step, loss);
        double below = at(x, values, direction, -step, loss);
        return (above - below) / (2 * step);
    }

    private static double at(
            NDArray x, float[] values, float[] direction, double by, ToDoubleFunction<NDManager> loss) {
        float[] moved = values.clone();
        for (int i = 0; i < moved.length; i++) {
            moved[i] += (float) (by * direction[i]);
        }
        set(x, moved);
        try (NDManager scope = torch.scope()) {
            return loss.applyAsDouble(scope);
        }
    }

    private static void set(NDArray x, float[] values) {
        try (NDManager scope = torch.scope()) {
            torch.tensor(
                    scope,
                    "copy_into",
                    x,
                    torch.floats(scope, values, x.getShape().getShape()));
        }
    }
}
