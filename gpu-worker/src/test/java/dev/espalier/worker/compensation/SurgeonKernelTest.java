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
        NDArray unitColumns = new UnitColumns(units).tensor(torch, scope);
        NDArray costFactors = torch.floats(scope, factors, factors.length);
        return torch.call(scope, "surgeon", w, gram, 0.01, unitColumns, costFactors, remove, batch);
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
