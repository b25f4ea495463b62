package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Golden values come from the authors' own code. */
class LossKernelTest {
    private static final float[] STUDENT = {1, 2, .5f, 0, -1, 1, .2f, .1f, 0, 2, 2, -2};
    private static final float[] TEACHER = {1.5f, 1, .5f, .5f, -1, 0, 0, 0, 1, 1, 2, -1};
    private static final float[] IDENTITY = {1, 0, 0, 0, 1, 0, 0, 0, 1};

    private static Torch torch;
    private static NDManager scope;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        scope = torch.scope();
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    /** Two sequences of two tokens; the authors' batchmean divides by the sequences alone. */
    @ParameterizedTest
    @CsvSource({"0.6666666666666666, 0.3718271, 1", "1, 0.3836504, 1", "2, 0.4011304, 3"})
    void distillationIsTheAuthorsScaledByTheWeight(double tau, double golden, int chunk) {
        NDList out = distillation(STUDENT, tau, chunk);
        assertThat(out.get(0).getFloat()).isCloseTo((float) golden, Offset.offset(1e-6f));
    }

    @Test
    void theGradientOfDistillationIsItsFiniteDifference() {
        float[] gradient = distillation(STUDENT, 1.5, 3).get(1).toFloatArray();
        for (int i = 0; i < STUDENT.length; i++) {
            float[] moved = STUDENT.clone();
            moved[i] += 0.01f;
            float above = distillation(moved, 1.5, 3).get(0).getFloat();
            moved[i] -= 0.02f;
            float below = distillation(moved, 1.5, 3).get(0).getFloat();
            assertThat(gradient[i]).isCloseTo((above - below) / 0.02f, Offset.offset(1e-4f));
        }
    }

    /** softmax(-3.2, -2.5, -4) = (.288760, .581492, .129748); of the second question one choice is not there. */
    @Test
    void theLossOfChoicesIsTheCrossEntropyOfTheRightOne() {
        float none = Float.NEGATIVE_INFINITY;
        NDArray scores = torch.floats(scope, new float[] {-3.2f, -2.5f, -4, -1, -1, none}, 2, 3);
        NDList out = torch.call(scope, "choice_loss", scores, torch.ints(scope, new int[] {0, 1}, 2));
        assertThat(out.get(0).getFloat()).isCloseTo((1.242159f + 0.693147f) / 2, Offset.offset(1e-6f));
        assertThat(out.get(1).getFloat())
                .as("neither is the likeliest, or the first of equals")
                .isZero();
        assertThat(out.get(2).toFloatArray())
                .containsExactly(
                        new float[] {-.711240f / 2, .581492f / 2, .129748f / 2, .25f, -.25f, 0}, Offset.offset(1e-6f));
    }

    private static NDList distillation(float[] student, double tau, int chunk) {
        NDArray head = torch.floats(scope, IDENTITY, 3, 3);
        return torch.call(
                scope,
                "distillation",
                torch.floats(scope, student, 4, 3),
                head,
                torch.floats(scope, TEACHER, 4, 3),
                head,
                tau,
                0.5,
                chunk,
                false);
    }

    @Test
    void layerMseCountsTheElementsThatTheStudentKeeps() {
        NDArray student = torch.floats(scope, new float[] {1, 0, 2, .5f, 0, -1}, 2, 3);
        NDArray teacher = torch.floats(scope, new float[] {.5f, 3, 2.5f, .5f, -2, 0}, 2, 3);
        NDList out = torch.call(scope, "layer_mse", student, teacher, 1.0, false);
        assertThat(out.get(0).getFloat()).isEqualTo(0.375f);
        assertThat(out.get(1).toFloatArray())
                .usingElementComparator((a, b) -> a.floatValue() == b ? 0 : 1)
                .containsExactly(.25f, 0, -.25f, 0, 0, -.5f);
        float moments = (.25f + 6.25f + .25f) / 4;
        NDList normalised = torch.call(scope, "layer_mse", student, teacher, 1.0, true);
        assertThat(normalised.get(0).getFloat()).isCloseTo(0.375f / moments, Offset.offset(1e-6f));
    }

    @Test
    void tokensWithoutALabelCostNothing() {
        NDArray hidden = torch.floats(scope, STUDENT, 4, 3);
        NDArray head = torch.floats(scope, IDENTITY, 3, 3);
        for (int chunk : new int[] {1, 2, 16}) {
            NDArray labels = torch.ints(scope, new int[] {-100, 2, -100, 0}, 4);
            float[] nll = torch.tensor(scope, "token_nll", hidden, head, labels, chunk)
                    .toFloatArray();
            assertThat(nll[0]).isZero();
            assertThat(nll[2]).isZero();
            assertThat(nll[1]).isCloseTo(negativeLog(0, -1, 1, 1), Offset.offset(1e-6f));
            assertThat(nll[3]).isCloseTo(negativeLog(2, 2, -2, 2), Offset.offset(1e-6f));
        }
        NDArray none = torch.ints(scope, new int[] {-100, -100, -100, -100}, 4);
        assertThat(torch.tensor(scope, "token_nll", hidden, head, none, 2).toFloatArray())
                .containsOnly(0);
    }

    @Test
    void aDivergenceIsThatOfTheDistributionsWhereThereIsALabel() {
        NDArray head = torch.floats(scope, IDENTITY, 3, 3);
        NDArray student = torch.floats(scope, STUDENT, 4, 3);
        NDArray teacher = torch.floats(scope, TEACHER, 4, 3);
        for (int chunk : new int[] {1, 2, 16}) {
            NDArray labels = torch.ints(scope, new int[] {-100, 2, -100, 0}, 4);
            float[] kl = torch.tensor(scope, "divergence", student, teacher, head, labels, chunk)
                    .toFloatArray();
            assertThat(kl).hasSize(2);
            assertThat(kl[0]).isCloseTo(divergence(1), Offset.offset(1e-6f));
            assertThat(kl[1]).isCloseTo(divergence(3), Offset.offset(1e-6f));
        }
    }

    /** KL(teacher || student) of a row of three words, nats. */
    private static float divergence(int row) {
        double sum = 0;
        for (int word = 0; word < 3; word++) {
            double teacher = -negativeLog(TEACHER, row, word);
            sum += Math.exp(teacher) * (teacher + negativeLog(STUDENT, row, word));
        }
        return (float) sum;
    }

    private static double negativeLog(float[] logits, int row, int word) {
        return negativeLog(logits[3 * row], logits[3 * row + 1], logits[3 * row + 2], logits[3 * row + word]);
    }

    private static float negativeLog(double a, double b, double c, double chosen) {
        return (float) (Math.log(Math.exp(a) + Math.exp(b) + Math.exp(c)) - chosen);
    }
}
