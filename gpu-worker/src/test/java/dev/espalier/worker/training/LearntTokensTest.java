package dev.espalier.worker.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rows of which some tokens are only read. */
class LearntTokensTest {
    private static final LlamaConfig MODEL = TinyRun.model(Map.of());
    private static final int[][] IDS = TinyModel.tokens(MODEL, 2, 8, 3);
    private static final Offset<Double> EXACT = Offset.offset(2e-6);

    private static Torch torch;
    private static Decoder student;
    private static Decoder teacher;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        student = TinyModel.random(torch, MODEL, false, 7);
        teacher = TinyModel.random(torch, MODEL, false, 8);
    }

    @AfterAll
    static void close() {
        student.close();
        teacher.close();
        torch.close();
    }

    @Test
    void aModelReadsAllAndIsAskedForWhatIsLearnt() {
        int[][] rows = onlyRead(0, 1, 2, 5, 9, 12);
        try (NDManager scope = torch.scope()) {
            assertThat(TokenTensors.ids(torch, scope, rows).toLongArray())
                    .containsExactly(Arrays.stream(IDS)
                            .flatMapToInt(Arrays::stream)
                            .asLongStream()
                            .toArray());
            assertThat(TokenTensors.nextTokens(torch, scope, rows).toLongArray())
                    .containsExactly(
                            -100, -100, IDS[0][3], IDS[0][4], -100, IDS[0][6], IDS[0][7], -100, -100, IDS[1][2],
                            IDS[1][3], -100, IDS[1][5], IDS[1][6], IDS[1][7], -100);
            assertThat(TokenTensors.learnt(torch, scope, rows).orElseThrow().toLongArray())
                    .containsExactly(2, 3, 5, 6, 9, 10, 12, 13, 14);
            assertThat(TokenTensors.learnt(torch, scope, IDS)).isEmpty();
            assertThat(LearntTokens.predicted(rows)).isEqualTo(9);
            assertThat(LearntTokens.predicted(IDS)).isEqualTo(14);
            assertThat(LearntTokens.ids(rows)).isDeepEqualTo(IDS);
        }
    }

    @Test
    void theLossIsTheMeanOverWhatIsLearnt() {
        int[][] rows = onlyRead(0, 1, 2, 5, 9, 12);
        try (NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, IDS);
            float[] nll = student.tokenNll(scope, ids, TokenTensors.nextTokens(torch, scope, IDS), Variant.INTACT)
                    .toFloatArray();
            double mean = IntStream.of(2, 3, 5, 6, 9, 10, 12, 13, 14)
                            .mapToDouble(i -> nll[i])
                            .sum()
                    / 9;
            TrainingPass.Step step = new TrainingPass(student)
                    .language(scope, ids, TokenTensors.nextTokens(torch, scope, rows), Variant.INTACT, Gradients.NONE);
            assertThat((double) step.losses().get(0).getFloat()).isCloseTo(mean, Offset.offset(1e-5));
            assertThat(ValidationLoss.of(student, Variant.INTACT, rows)).isCloseTo(mean, Offset.offset(1e-5));
        }
    }

    @Test
    void rowsWithoutAnythingToLearnChangeNothing() {
        int[][] rows = onlyRead(IntStream.range(0, 16).toArray());
        try (NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, rows);
            TrainingPass.Step text = new TrainingPass(student)
                    .language(scope, ids, TokenTensors.nextTokens(torch, scope, rows), Variant.INTACT, Gradients.ALL);
            assertThat(text.losses().get(0).getFloat()).isZero();
            assertThat(norm(text.weights())).isZero();
            TrainingPass.Step taught = distil(scope, TokenTensors.learnt(torch, scope, rows));
            assertThat(taught.losses().get(0).getFloat()).isZero();
            assertThat(norm(taught.weights())).isZero();
            assertThatThrownBy(() -> ValidationLoss.of(student, Variant.INTACT, rows))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("have nothing to learn");
        }
    }

    /** The gradient of a mean is the mean of gradients, so that single positions prove several. */
    @Test
    void aTeacherIsFollowedWhereSomethingIsLearnt() {
        try (NDManager scope = torch.scope()) {
            TrainingPass.Step all = distil(scope, Optional.empty());
            TrainingPass.Step listed =
                    distil(scope, at(scope, IntStream.range(0, 16).toArray()));
            same(all, listed, 1);
            TrainingPass.Step both = distil(scope, at(scope, 3, 9));
            TrainingPass.Step one = distil(scope, at(scope, 3));
            TrainingPass.Step other = distil(scope, at(scope, 9));
            assertThat((double) both.losses().get(0).getFloat())
                    .isCloseTo(
                            (one.losses().get(0).getFloat()
                                            + other.losses().get(0).getFloat())
                                    / 2,
                            EXACT);
            for (int i = 0; i < both.weights().size(); i++) {
                float[] expected =
                        one.weights().get(i).add(other.weights().get(i)).div(2).toFloatArray();
                assertThat(both.weights().get(i).toFloatArray()).containsExactly(expected, Offset.offset(1e-6f));
            }
            assertThat(one.losses().get(0).getFloat())
                    .isNotEqualTo(other.losses().get(0).getFloat());
        }
    }

    private static void same(TrainingPass.Step a, TrainingPass.Step b, double factor) {
        assertThat((double) a.losses().get(0).getFloat())
                .isCloseTo(factor * b.losses().get(0).getFloat(), EXACT);
        for (int i = 0; i < a.weights().size(); i++) {
            assertThat(a.weights().get(i).toFloatArray())
                    .containsExactly(b.weights().get(i).toFloatArray(), Offset.offset(1e-6f));
        }
    }

    private static TrainingPass.Step distil(NDManager scope, Optional<NDArray> at) {
        NDArray ids = TokenTensors.ids(torch, scope, IDS);
        NDList taught = teacher.hiddenStates(scope, ids, Variant.INTACT, false);
        return new TrainingPass(student)
                .distil(
                        scope,
                        ids,
                        Variant.INTACT,
                        taught,
                        teacher.head(),
                        new TrainingPass.Distillation(2, 1, 0, false, at),
                        Gradients.ALL);
    }

    private static Optional<NDArray> at(NDManager scope, int... positions) {
        return Optional.of(torch.ints(scope, positions, positions.length));
    }

    private static double norm(NDList tensors) {
        return tensors.stream()
                .flatMap(tensor -> Arrays.stream(tensor.toArray()))
                .mapToDouble(value -> Math.abs(value.doubleValue()))
                .sum();
    }

    /** @param positions in both rows, one after the other */
    private static int[][] onlyRead(int... positions) {
        int[][] rows = {IDS[0].clone(), IDS[1].clone()};
        for (int at : positions) {
            rows[at / 8][at % 8] = ~rows[at / 8][at % 8];
        }
        return rows;
    }
}
