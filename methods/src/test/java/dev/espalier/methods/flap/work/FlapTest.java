package dev.espalier.methods.flap.work;

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

/** Golden values by numpy: variances [0, 5, .125, 2.1875] of four tokens, their first input constant. */
class FlapTest {
    private static final float[] INPUTS = {1, 2, 0, 3, 1, -2, .5f, 1, 1, 0, 1, -1, 1, 4, .5f, 2};
    private static final float[] WEIGHT = {1, 2, 0, .5f, 3, -1, 2, 1};

    private static Torch torch;
    private static NDManager scope;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu", Flap.KERNELS);
        scope = torch.scope();
    }

    @AfterAll
    static void close() {
        scope.close();
        torch.close();
    }

    @Test
    void aChannelIsWorthWhatIsLostWhenItsInputBecomesItsMean() {
        int[][] channels = {{0}, {1}, {2}, {3}};
        assertThat(new Flap().score(block(Row.ffn(0), channels, 1)))
                .containsExactly(new double[] {.5075852, 5.60443751, .53256107, .6600694}, within(1e-6));
    }

    @Test
    void aHeadIsWorthTheMeanOfItsColumnsWhoseLossesAreSquared() {
        int[][] heads = {{0, 1}, {2, 3}};
        assertThat(new Flap().score(block(Row.heads(0), heads, 1)))
                .containsExactly(new double[] {1.77275808, .56409276}, within(1e-6));
    }

    @Test
    void tokensMayComeInPieces() {
        int[][] channels = {{0}, {1}, {2}, {3}};
        assertThat(new Flap().score(block(Row.ffn(0), channels, 2)))
                .containsExactly(new Flap().score(block(Row.ffn(0), channels, 1)), within(1e-12));
    }

    private static SubBlock block(Row row, int[][] units, int pieces) {
        Text text = new Text(pieces, 4 / pieces);
        NDArray sums = Fluctuation.OF_INPUTS.start(scope, 4, text);
        int tokens = 4 / pieces;
        for (int piece = 0; piece < pieces; piece++) {
            float[] part = new float[tokens * 4];
            System.arraycopy(INPUTS, piece * part.length, part, 0, part.length);
            NDArray inputs = torch.floats(scope, part, tokens, 4);
            Fluctuation.OF_INPUTS.add(
                    torch, scope, sums, new Tokens(inputs, inputs, inputs, torch.empty(scope), text, piece));
        }
        return new SubBlock(
                torch,
                scope,
                row,
                torch.floats(scope, WEIGHT, 2, 4),
                new UnitColumns(units),
                Map.of(Fluctuation.OF_INPUTS, sums),
                new RunConfig.Calibrate(4, 0.01));
    }
}
