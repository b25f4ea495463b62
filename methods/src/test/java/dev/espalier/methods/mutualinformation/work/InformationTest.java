package dev.espalier.methods.mutualinformation.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.methods.metrics.WandaSp;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Metric.SubBlock;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.calibration.Statistic.Text;
import dev.espalier.worker.calibration.Statistic.Tokens;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Golden values by Python, in doubles: six positions of z, 2 z + 1, -z, another order, and a constant. */
class InformationTest {
    private static final float[][] INPUTS = {
        {0, 1, 2, 3, 4, 5}, {1, 3, 5, 7, 9, 11}, {0, -1, -2, -3, -4, -5}, {3, -1, 2, 0, 5, 1}, {7, 7, 7, 7, 7, 7}
    };
    private static final int SEQUENCES = 32;
    private static final int LENGTH = 16;
    private static final int CHANNELS = 12;

    private static Torch torch;
    private NDManager scope;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu", MutualInformationWork.KERNELS);
    }

    @BeforeEach
    void begin() {
        scope = torch.scope();
    }

    @AfterEach
    void end() {
        scope.close();
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    @Test
    void normalScoresTellWhatTwoShareWhateverTheirUnits() {
        NormalScores scores = NormalScores.of(torch, scope, positions());
        Redundancy.Found[] others = scores.of(new int[] {0, 3}, new boolean[] {true, false, false, true, true});
        assertThat(others[0].partners()).startsWith(3, 4);
        assertThat(others[1].partners()).startsWith(0, 4);
        for (Redundancy.Found found : others) {
            assertThat(found.information()[0]).isEqualTo(.0043478, within(1e-6));
            assertThat(found.information()).endsWith(0, 0, 0);
        }
        for (Redundancy.Found same : scores.of(new int[] {0, 1, 2}, new boolean[] {true, true, true, false, false})) {
            assertThat(Arrays.copyOf(same.information(), 3))
                    .as("each of two others tells it but for rounding, whatever its sign; the third would be itself")
                    .containsExactly(new double[] {6.9, 6.9, 0}, within(0.1));
        }
    }

    @Test
    void aConstantChannelSharesNothing() {
        NormalScores scores = NormalScores.of(torch, scope, positions());
        assertThat(scores.of(new int[] {4}, new boolean[] {true, true, true, true, true})[0].information())
                .containsOnly(0);
        assertThat(KernelInformation.nats(torch, positions(), new int[][] {{4, 3}})[0])
                .isEqualTo(0, within(1e-6));
    }

    @Test
    void kernelsTellBitsByRenyisEntropyOfOrderTwo() {
        double[] nats = KernelInformation.nats(torch, positions(), new int[][] {{0, 1}, {2, 0}, {0, 3}});
        assertThat(nats)
                .containsExactly(
                        new double[] {1.2205333 * Math.log(2), 1.2205333 * Math.log(2), .7639291 * Math.log(2)},
                        within(1e-5));
    }

    @Test
    void whatIsKeptOfALongTextIsSpreadOverItAndBounded() {
        Text text = new Text(4, 4096);
        NDArray kept = Positions.MANY.start(scope, 2, text);
        assertThat(kept.getShape()).isEqualTo(new Shape(2048, 2));
        NDArray tokens = scope.arange(2 * 4096).reshape(4096, 2).toType(DataType.FLOAT32, false);
        Positions.MANY.add(torch, scope, kept, new Tokens(tokens, tokens, tokens, torch.empty(scope), text, 3));
        assertThat(kept.get("1535:1538").toFloatArray()).containsExactly(0, 0, 0, 1, 16, 17);
        assertThat(Positions.MANY.start(scope, 2, new Text(3000, 512)).getShape())
                .isEqualTo(new Shape(3000, 2));
        assertThatThrownBy(() -> Positions.FEW.start(scope, 2, new Text(3000, 512)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("of which calibrate.tokens makes 3000, where 2048 are the most");
    }

    @Test
    void theOrderOfTheSequencesIsOfNoConsequence() {
        int[] order = IntStream.range(0, SEQUENCES).toArray();
        int[] other = IntStream.range(0, SEQUENCES).map(i -> SEQUENCES - 1 - i).toArray();
        for (Metric metric : MutualInformationWork.METRICS) {
            assertThat(metric.score(block(order, Row.ffn(0))))
                    .as(metric.name())
                    .containsExactly(metric.score(block(other, Row.ffn(0))), within(1e-5));
        }
    }

    @Test
    void theCopyOfAChannelThatIsWorthLessGoesFirst() {
        for (Metric metric : MutualInformationWork.METRICS) {
            double[] scores = metric.score(block(IntStream.range(0, SEQUENCES).toArray(), Row.ffn(0)));
            int first = IntStream.range(0, CHANNELS)
                    .reduce((a, b) -> scores[b] < scores[a] ? b : a)
                    .orElseThrow();
            assertThat(first).as(metric.name()).isEqualTo(3);
            assertThat(scores[3]).isLessThan(0.2);
        }
    }

    @Test
    void headsAreToldByTheirWorthAlone() {
        for (Metric metric : MutualInformationWork.METRICS) {
            SubBlock heads = block(IntStream.range(0, SEQUENCES).toArray(), Row.heads(0));
            assertThat(metric.score(heads)).isEqualTo(new WandaSp().score(heads));
        }
    }

    @Test
    void tooLittleTextIsRefused() {
        SubBlock block = block(IntStream.range(0, 15).toArray(), Row.ffn(0));
        for (Metric metric : MutualInformationWork.METRICS) {
            assertThatThrownBy(() -> metric.score(block))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(
                            "has 240 positions, and mutual information needs 256: raise calibrate.tokens");
        }
    }

    /** [6,5] */
    private NDArray positions() {
        float[] flat = new float[30];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = INPUTS[i % 5][i / 5];
        }
        return torch.floats(scope, flat, 6, 5);
    }

    /** Independent channels, but for 3, which is half of 7 with a little besides. */
    private SubBlock block(int[] sequences, Row row) {
        Text text = new Text(sequences.length, LENGTH);
        NDArray moments = InputStatistic.MOMENTS.start(scope, CHANNELS, text);
        Map<Positions, NDArray> kept = new EnumMap<>(Positions.class);
        for (Positions positions : Positions.values()) {
            kept.put(positions, positions.start(scope, CHANNELS, text));
        }
        for (int first = 0; first < sequences.length; first++) {
            Random random = new Random(sequences[first]);
            float[] values = new float[LENGTH * CHANNELS];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            for (int token = 0; token < LENGTH; token++) {
                int from = token * CHANNELS;
                values[from + 3] = values[from + 7] / 2 + values[from + 3] / 20;
            }
            NDArray inputs = torch.floats(scope, values, LENGTH, CHANNELS);
            Tokens tokens = new Tokens(inputs, inputs, inputs, torch.empty(scope), text, first);
            InputStatistic.MOMENTS.add(torch, scope, moments, tokens);
            kept.forEach((positions, sum) -> positions.add(torch, scope, sum, tokens));
        }
        Map<Statistic, NDArray> found = new HashMap<>(kept);
        found.put(InputStatistic.MOMENTS, moments);
        float[] weight = new float[2 * CHANNELS];
        Arrays.fill(weight, 1);
        return new SubBlock(
                torch,
                scope,
                row,
                torch.floats(scope, weight, 2, CHANNELS),
                new UnitColumns(IntStream.range(0, CHANNELS)
                        .mapToObj(channel -> new int[] {channel})
                        .toArray(int[][]::new)),
                found,
                new RunConfig.Calibrate(256, 0.01));
    }
}
