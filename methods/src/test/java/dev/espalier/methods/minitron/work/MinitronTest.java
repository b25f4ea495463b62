package dev.espalier.methods.minitron.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.calibration.Metric.SubBlock;
import dev.espalier.worker.calibration.Statistic.Text;
import dev.espalier.worker.calibration.Statistic.Tokens;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.torch.Torch;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two sequences of two tokens of four inputs: means of |x| are [2, 1, .5, 0] and [3, 1, 1, .25]. */
class MinitronTest {
    private static final float[] FIRST = {1, -1, 0, 0, -3, 1, 1, 0};
    private static final float[] SECOND = {-3, 2, -1, .25f, 3, 0, 1, -.25f};
    private static final Text TEXT = new Text(2, 2);
    private static final int[][] CHANNELS = {{0}, {1}, {2}, {3}};

    private static Torch torch;
    private static NDManager scope;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu", Minitron.KERNELS);
        scope = torch.scope();
    }

    @AfterAll
    static void close() {
        scope.close();
        torch.close();
    }

    @Test
    void aChannelIsWorthTheNormOverSequencesOfItsMeanAbsoluteActivation() {
        assertThat(score(CHANNELS, FIRST, SECOND))
                .containsExactly(new double[] {Math.sqrt(13), Math.sqrt(2), Math.sqrt(1.25), .25}, within(1e-6));
    }

    @Test
    void aHeadIsWorthTheNormOverItsColumns() {
        assertThat(score(new int[][] {{0, 1}, {2, 3}}, FIRST, SECOND))
                .containsExactly(new double[] {Math.sqrt(15), Math.sqrt(1.3125)}, within(1e-6));
    }

    @Test
    void sequencesMayComeInAnyOrderAndTogetherOrOneByOne() {
        float[] both = new float[16];
        System.arraycopy(SECOND, 0, both, 0, 8);
        System.arraycopy(FIRST, 0, both, 8, 8);
        NDArray sum = Activity.OF_INPUTS.start(scope, 4, TEXT);
        NDArray inputs = torch.floats(scope, both, 4, 4);
        Activity.OF_INPUTS.add(torch, scope, sum, new Tokens(inputs, inputs, inputs, torch.empty(scope), TEXT, 0));
        double[] together = new Minitron().score(block(sum, CHANNELS));
        assertThat(together).containsExactly(score(CHANNELS, FIRST, SECOND), within(1e-12));
    }

    private static double[] score(int[][] units, float[]... sequences) {
        NDArray sum = Activity.OF_INPUTS.start(scope, 4, TEXT);
        for (int i = 0; i < sequences.length; i++) {
            NDArray inputs = torch.floats(scope, sequences[i], 2, 4);
            Activity.OF_INPUTS.add(torch, scope, sum, new Tokens(inputs, inputs, inputs, torch.empty(scope), TEXT, i));
        }
        return new Minitron().score(block(sum, units));
    }

    private static SubBlock block(NDArray sum, int[][] units) {
        return new SubBlock(
                torch,
                scope,
                Row.ffn(0),
                torch.floats(scope, new float[8], 2, 4),
                new UnitColumns(units),
                Map.of(Activity.OF_INPUTS, sum),
                new RunConfig.Calibrate(4, 0.01));
    }
}
