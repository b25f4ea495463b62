package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What other objectives than the next token add to the backward pass, against finite differences. */
class ObjectiveGradientTest {
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

    /** Models that differ behind the last layer, where alone the loss of a choice is another than that of the next token. */
    static Stream<Arguments> heads() {
        return Stream.concat(
                GradientTest.models().filter(model -> Set.of("grouped", "tied").contains(model.get()[0])),
                GradientTest.families()
                        .filter(family -> Set.of("granite", "gemma2").contains(family.get()[0])));
    }

    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource("dev.espalier.worker.model.GradientTest#models")
    void gradientsOfADistillationStepAreItsFiniteDifferences(String name, LlamaConfig config, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, false, 3);
                NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(config, 2, 6, 4));
            NDList taught = model.hiddenStates(scope, ids, Variant.INTACT, true);
            Variant student = GradientTest.student(torch, scope, model, hidden);
            TrainingPass.Distillation loss = new TrainingPass.Distillation(1.5, 1, 0.3, true);
            ToDoubleFunction<TrainingPass.Step> total = step ->
                    step.losses().get(0).getFloat() + step.losses().get(1).getFloat();
            // the teacher does not move with the student
            float[] head = model.head().toFloatArray();
            NDArray taughtHead =
                    torch.floats(scope, head, model.head().getShape().getShape());
            TrainingPass.Step step =
                    new TrainingPass(model).distil(scope, ids, student, taught, taughtHead, loss, Gradients.ALL);
            ToDoubleFunction<NDManager> again = inner -> total.applyAsDouble(
                    new TrainingPass(model).distil(inner, ids, student, taught, taughtHead, loss, Gradients.NONE));
            for (int i = 0; i < student.lora().size(); i++) {
                differences.check(
                        "factor " + i, student.lora().get(i), step.lora().get(i), again);
            }
            differences.weights(model, step, again);
            // a hidden mask at 0 changes which elements the layer loss counts, so that loss stays out of this one
            TrainingPass.Distillation onlyKl = new TrainingPass.Distillation(1.5, 1, 0, false);
            TrainingPass.Step kl =
                    new TrainingPass(model).distil(scope, ids, student, taught, taughtHead, onlyKl, Gradients.NONE);
            for (int i = 0; i < student.masks().size(); i++) {
                differences.check(
                        "mask " + i,
                        student.masks().get(i),
                        kl.masks().get(i),
                        inner -> total.applyAsDouble(new TrainingPass(model)
                                .distil(inner, ids, student, taught, taughtHead, onlyKl, Gradients.NONE)));
            }
        }
    }

    /** Two questions of two and three choices; a row for each choice, padded. */
    @ParameterizedTest(name = "{0}, hidden mask {2}")
    @MethodSource("heads")
    void gradientsOfAStepOnChoicesAreItsFiniteDifferences(String name, LlamaConfig config, boolean hidden) {
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                NDManager scope = torch.scope()) {
            int[][] rows = TinyModel.tokens(config, 5, 6, 8);
            TrainingPass.Choosing questions = new TrainingPass.Choosing(
                    TokenTensors.ids(torch, scope, rows),
                    torch.ints(scope, new int[] {2, 3, 8, 15, 16, 21, 27, 28}, 8),
                    torch.ints(scope, new int[] {3, 1, 2, 0, 4, 1, 1, 2}, 8),
                    torch.ints(scope, new int[] {0, 0, 1, 3, 3, 4, 5, 5}, 8),
                    torch.ints(scope, new int[] {0, 0, 1, 0, 0, 0}, 2, 3),
                    torch.ints(scope, new int[] {1, 2}, 2));
            Variant student = GradientTest.student(torch, scope, model, hidden);
            TrainingPass.Step step = new TrainingPass(model).choices(scope, questions, student, Gradients.ALL);
            assertThat(new TrainingPass(model)
                            .choiceLosses(scope, questions, student)
                            .get(0)
                            .getFloat())
                    .isCloseTo(step.losses().get(0).getFloat(), Offset.offset(1e-5f));
            ToDoubleFunction<NDManager> again = inner -> new TrainingPass(model)
                    .choiceLosses(inner, questions, student)
                    .get(0)
                    .getFloat();
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
}
