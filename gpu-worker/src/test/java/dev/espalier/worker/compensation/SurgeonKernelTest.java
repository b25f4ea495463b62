package dev.espalier.worker.compensation;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.model.Fixture;
import dev.espalier.worker.torch.Torch;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against numpy ({@code fixtures/FIXTURES.md}). */
class SurgeonKernelTest {
    private static Torch torch;
    private static NDManager scope;
    private static SafetensorsReader fixture;
    private static NDArray w;
    private static NDArray gram;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        scope = torch.scope();
        fixture = SafetensorsReader.open(Fixture.path("surgeon.safetensors"));
        w = torch.floats(scope, fixture.floats("w"), 8, 12);
        gram = scope.zeros(new Shape(12, 12), DataType.FLOAT64);
        float[] x = fixture.floats("x");
        for (int from = 0; from < 200; from += 50) {
            float[] chunk = Arrays.copyOfRange(x, from * 12, (from + 50) * 12);
            torch.tensor(scope, "gram_add", gram, torch.floats(scope, chunk, 50, 12));
        }
    }

    @AfterAll
    static void close() {
        fixture.close();
        torch.close();
    }

    @Test
    void theDampedGramMatrixIsTheFixtures() {
        double[] damped = torch.tensor(scope, "damped", gram, 0.01).toDoubleArray();
        float[] expected = fixture.floats("gram");
        for (int i = 0; i < expected.length; i++) {
            assertThat(damped[i]).isCloseTo(expected[i], Offset.offset(1e-3));
        }
    }

    @Test
    void removingAColumnOrAHeadCostsWhatItCosts() {
        assertClose(costs(singles()), fixture.floats("first.costs"));
        assertClose(costs(heads()), fixture.floats("heads.costs"));
    }

    private static float[] costs(int[][] units) {
        return torch.tensor(scope, "removal_costs", w, gram, 0.01, new UnitColumns(units).tensor(torch, scope))
                .toFloatArray();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void theSurgeonTakesTheFixturesColumnsAndLeavesItsMatrix(int batch) {
        NDList out = surgeon(singles(), ones(12), 6, batch);
        int[] order = Arrays.stream(out.get(1).toLongArray())
                .mapToInt(Math::toIntExact)
                .toArray();
        float[] expected = new float[6];
        IntBuffer ints = fixture.bytes("greedy." + batch + ".order").asIntBuffer();
        for (int i = 0; i < 6; i++) {
            expected[i] = ints.get(i);
            assertThat((float) order[i]).isEqualTo(expected[i]);
        }
        assertClose(out.get(0).toFloatArray(), fixture.floats("greedy." + batch + ".w"));
    }

    @Test
    void headsGoOneAfterTheOtherAndTheRestIsTheReFitOfWhatStays() {
        NDList out = surgeon(heads(), ones(4), 3, 1);
        long[] order = out.get(1).toLongArray();
        assertThat(order).hasSize(3).doesNotHaveDuplicates();
        int last = IntStream.range(0, 4)
                .filter(head -> Arrays.stream(order).noneMatch(gone -> gone == head))
                .findFirst()
                .orElseThrow();
        int[] kept = heads()[last];
        assertClose(out.get(0).toFloatArray(), refitted(kept));
    }

    @Test
    void aColumnWhoseCostIsScaledDownGoesFirstAndTheRestIsReFittedAsEver() {
        float[] costs = costs(singles());
        int dearest = IntStream.range(0, 12)
                .boxed()
                .max(Comparator.comparingDouble(i -> costs[i]))
                .orElseThrow();
        float[] factors = ones(12);
        factors[dearest] = 1e-6f;
        NDList out = surgeon(singles(), factors, 1, 1);
        assertThat(out.get(1).toLongArray()).containsExactly(dearest);
        int[] kept = IntStream.range(0, 12).filter(i -> i != dearest).toArray();
        assertClose(out.get(0).toFloatArray(), refitted(kept));
    }

    @Test
    void withCurvatureWhatGoesIsWhatCostsLeastByTheDenseFisherAndTheRestIsReFittedAsEver() {
        double[][] r = curvatureFactor();
        DenseFisher fisher = new DenseFisher(
                squared(r),
                matrix(torch.tensor(scope, "damped", gram, 0.01).toDoubleArray(), 12),
                matrix(doubles(fixture.floats("w")), 12));

        NDList singles = surgeon(singles(), ones(12), upload(r), 3, 1);
        long[] order = singles.get(1).toLongArray();
        assertThat((int) order[0]).isEqualTo(cheapest(12, column -> fisher.cost(column)));
        assertThat((int) order[1])
                .isEqualTo(cheapest(12, column -> column == order[0] ? 1e30 : fisher.cost((int) order[0], column)));
        int[] kept = IntStream.range(0, 12)
                .filter(column -> Arrays.stream(order).noneMatch(gone -> gone == column))
                .toArray();
        assertClose(singles.get(0).toFloatArray(), refitted(kept));
        assertThat(order[0])
                .as("a choice that squares alone would not make")
                .isNotEqualTo(surgeon(singles(), ones(12), 1, 1).get(1).toLongArray()[0]);

        long head = surgeon(heads(), ones(4), upload(r), 1, 1).get(1).toLongArray()[0];
        assertThat((int) head).isEqualTo(cheapest(4, unit -> fisher.cost(heads()[unit])));
    }

    /** Some errors count a hundred times as much as others. */
    private static double[][] curvatureFactor() {
        Random random = new Random(3);
        double[][] r = new double[8][8];
        for (int row = 0; row < 8; row++) {
            for (int column = row; column < 8; column++) {
                r[row][column] = random.nextGaussian() * (row < 2 ? 10 : 1) + (row == column ? 1 : 0);
            }
        }
        return r;
    }

    /** R^T R */
    private static double[][] squared(double[][] r) {
        double[][] product = new double[r.length][r.length];
        for (int i = 0; i < r.length; i++) {
            for (int j = 0; j < r.length; j++) {
                for (double[] row : r) {
                    product[i][j] += row[i] * row[j];
                }
            }
        }
        return product;
    }

    private static NDArray upload(double[][] matrix) {
        double[] flat = Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
        float[] floats = new float[flat.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) flat[i];
        }
        return torch.floats(scope, floats, matrix.length, matrix.length);
    }

    private static double[][] matrix(double[] flat, int columns) {
        return IntStream.range(0, flat.length / columns)
                .mapToObj(row -> Arrays.copyOfRange(flat, row * columns, (row + 1) * columns))
                .toArray(double[][]::new);
    }

    private static double[] doubles(float[] floats) {
        return IntStream.range(0, floats.length).mapToDouble(i -> floats[i]).toArray();
    }

    private static int cheapest(int units, IntToDoubleFunction cost) {
        return IntStream.range(0, units)
                .boxed()
                .min(Comparator.comparingDouble(cost::applyAsDouble))
                .orElseThrow();
    }

    @Test
    void theReFitOfAGivenChoiceIsTheFixtures() {
        IntBuffer ints = fixture.bytes("refit.kept").asIntBuffer();
        int[] kept = new int[ints.remaining()];
        ints.get(kept);
        assertClose(refitted(kept), fixture.floats("refit.w"));
    }

    private static float[] refitted(int[] kept) {
        return torch.tensor(scope, "refit", w, gram, torch.ints(scope, kept, kept.length), 0.01)
                .toFloatArray();
    }

    private static NDList surgeon(int[][] units, float[] factors, int remove, int batch) {
        return surgeon(units, factors, torch.empty(scope), remove, batch);
    }

    private static NDList surgeon(int[][] units, float[] factors, NDArray curvature, int remove, int batch) {
        NDArray unitColumns = new UnitColumns(units).tensor(torch, scope);
        NDArray costFactors = torch.floats(scope, factors, factors.length);
        return torch.call(scope, "surgeon", w, gram, 0.01, unitColumns, costFactors, curvature, remove, batch);
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static int[][] singles() {
        return IntStream.range(0, 12).mapToObj(i -> new int[] {i}).toArray(int[][]::new);
    }

    private static int[][] heads() {
        return IntStream.range(0, 4)
                .mapToObj(i -> new int[] {3 * i, 3 * i + 1, 3 * i + 2})
                .toArray(int[][]::new);
    }

    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], Offset.offset(1e-4f * Math.max(1, Math.abs(expected[i]))));
        }
    }
}
