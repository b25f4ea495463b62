package dev.espalier.methods.adaptivefusion.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.methods.taylor.ChannelSums;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.calibration.InputStatistic;
import dev.espalier.worker.calibration.LayerGradients;
import dev.espalier.worker.calibration.Metric.SubBlock;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AdaptiveFusionTest {
    private static Torch torch;
    private static NDManager scope;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu", List.of(ChannelSums.KERNELS));
        scope = torch.scope();
    }

    @AfterAll
    static void close() {
        scope.close();
        torch.close();
    }

    /** s of s - s^2/2 = coarse. */
    private static double sum(double coarse) {
        return 1 - Math.sqrt(1 - 2 * coarse);
    }

    @Test
    void aScoreTellsTheFusionAndTheWeightOfItsRow() {
        // of coarse estimates .5, .1, .3, .9
        double[] signed = {sum(.5), sum(.1), sum(.3), sum(-.9)};
        double[] scores = new AdaptiveFusion().score(block(Row.ffn(0), signed, .2, .4, .3, .5));
        double[] expected = {.3975503, .2691163, .3333333, 1};
        for (int unit = 0; unit < 4; unit++) {
            assertThat(Math.log(scores[unit] / 1.8)).isCloseTo(expected[unit], within(1e-6));
        }
    }

    @Test
    void unitsThatAnEarlierRoundTookHaveNoPlaceAmongTheRanks() {
        double[] signed = {sum(.5), 0, sum(.1), sum(.3), 0, sum(-.9)};
        double[] scores = new AdaptiveFusion()
                .score(block(Row.ffn(0), new float[] {2, 0, 4, 1, 0, 3}, signed, .2, 0, .4, .3, 0, .5));
        double[] expected = {.3975503, 0, .2691163, .3333333, 0, 1};
        for (int unit = 0; unit < 6; unit++) {
            assertThat(Math.log(scores[unit] / 1.8)).isCloseTo(expected[unit], within(1e-6));
        }
    }

    @Test
    void layersCountByTheirShareOfWhatTheLossLosesWithTheirUnits() {
        double[][] ffn = {times(3, .25, .75), times(1, .5, .5, 0, 1)};
        double[][] heads = {times(5, 1, 0), times(5, 0, 1)};
        MaskSet order = LayerShares.order(MaskSet.of(new double[0], heads, ffn));
        assertThat(order.ffn(0)).containsExactly(new double[] {.1875, .5625}, within(1e-9));
        assertThat(order.ffn(1)).containsExactly(new double[] {.125, .125, 0, .25}, within(1e-9));
        assertThat(order.heads(1)).containsExactly(new double[] {0, .5}, within(1e-9));
    }

    private static double[] times(double weight, double... fused) {
        return Arrays.stream(fused).map(unit -> weight * Math.exp(unit)).toArray();
    }

    @Test
    void aRowWhoseGradientsTellNothingIsRankedByWanda() {
        double[] scores = new AdaptiveFusion().score(block(Row.heads(1), new double[4], 0, 0, 0, 0));
        double[] ranks = {1 / 3.0, 1, 0, 2 / 3.0};
        for (int unit = 0; unit < 4; unit++) {
            assertThat(Math.log(scores[unit] / 1e-30)).isCloseTo(ranks[unit], within(1e-6));
        }
    }

    /** Inputs (1, 0) and (.5, -1), gate (1, .5), up (2, -1), down (1, -1), the loss is the square of the output. */
    @Test
    void aChannelsSumIsTwiceThatOfItsGateAndThatOfItsActivation() {
        double[][] inputs = {{1, 0}, {.5, -1}};
        double[] gate = new double[2];
        double[] up = new double[2];
        double down = 0;
        for (double[] x : inputs) {
            double z = x[0] + .5 * x[1];
            double u = 2 * x[0] - x[1];
            double sigmoid = 1 / (1 + Math.exp(-z));
            double h = z * sigmoid * u;
            double q = 4 * h;
            down += 2 * h * h;
            for (int i = 0; i < 2; i++) {
                gate[i] += q * u * sigmoid * (1 + z * (1 - sigmoid)) * x[i];
                up[i] += q * z * sigmoid * x[i];
            }
        }
        LayerGradients layer = new LayerGradients(
                layer(new double[] {1, .5}, new double[] {2, -1}, new double[] {1, -1}),
                layer(gate, up, new double[] {down, -down}),
                new NDList(),
                1);
        double[] sums =
                ChannelSums.SIGNED.of(torch, scope, Structure.FFN, layer).toDoubleArray();
        assertThat(sums).containsExactly(new double[] {10.850904, 8.551146, 8.551146}, within(1e-5));
        assertThat(Arrays.stream(sums).sum()).isCloseTo(27.953196, within(1e-5));
    }

    private static NDList layer(double[] gate, double[] up, double[] down) {
        NDList layer = new NDList();
        Slot.STORED.forEach(slot -> layer.add(torch.empty(scope)));
        Slot.GATE.set(layer, torch.floats(scope, floats(gate), 1, 2));
        Slot.UP.set(layer, torch.floats(scope, floats(up), 1, 2));
        Slot.DOWN.set(layer, torch.floats(scope, floats(down), 2, 1));
        return layer;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Of four units of a column each, by wanda-sp worth 2, 4, 1 and 3. */
    private static SubBlock block(Row row, double[] signed, double... fine) {
        return block(row, new float[] {2, 4, 1, 3}, signed, fine);
    }

    private static SubBlock block(Row row, float[] weight, double[] signed, double... fine) {
        int units = weight.length;
        double[] ones = new double[units];
        Arrays.fill(ones, 1);
        return new SubBlock(
                torch,
                scope,
                row,
                torch.floats(scope, weight, 1, units),
                new UnitColumns(IntStream.range(0, units)
                        .mapToObj(unit -> new int[] {unit})
                        .toArray(int[][]::new)),
                Map.of(InputStatistic.MOMENTS, doubles(ones).reshape(units)),
                Map.of(ChannelSums.SIGNED, doubles(signed), ChannelSums.OWN_CURVATURE, doubles(fine)),
                new RunConfig.Calibrate(4, 0.01));
    }

    private static NDArray doubles(double... values) {
        return torch.floats(scope, floats(values), 1, values.length).toType(DataType.FLOAT64, false);
    }
}
