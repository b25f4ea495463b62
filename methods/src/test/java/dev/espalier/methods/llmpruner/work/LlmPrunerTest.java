package dev.espalier.methods.llmpruner.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.methods.llmpruner.Grouping;
import dev.espalier.methods.llmpruner.Importance;
import dev.espalier.methods.taylor.ChannelSums;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.calibration.Calibration;
import dev.espalier.worker.calibration.Metric.SubBlock;
import dev.espalier.worker.calibration.UnitColumns;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlmPrunerTest {
    /** Three matrices of four columns. */
    private static final float[] SUMS = {1, -2, 3, 4, .5f, 2, -1, 0, 2, -2, 1, 8};

    private static Torch torch;
    private static NDManager scope;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu", LlmPruner.KERNELS);
        scope = torch.scope();
    }

    @AfterAll
    static void close() {
        scope.close();
        torch.close();
    }

    @ParameterizedTest
    @CsvSource({
        "SUM, 3.5, 6, 5, 12",
        "MEAN, 1.1666667, 2, 1.6666667, 4",
        "MAX, 2, 2, 3, 8",
        "PROD, 1, 8, 3, 0",
        "FIRST, 1, 2, 3, 4",
        "LAST, 2, 2, 1, 8"
    })
    void aChannelsMatricesBecomeOneNumber(Grouping grouping, double a, double b, double c, double d) {
        int[][] channels = {{0}, {1}, {2}, {3}};
        assertThat(new LlmPruner(Importance.VECTOR, grouping).score(block(Row.ffn(0), channels)))
                .containsExactly(new double[] {a, b, c, d}, within(1e-6));
    }

    @Test
    void aHeadIsWorthTheSumOfItsChannels() {
        int[][] heads = {{0, 1}, {2, 3}};
        assertThat(new LlmPruner(Importance.VECTOR, Grouping.MAX).score(block(Row.heads(0), heads)))
                .containsExactly(4, 11);
    }

    @ParameterizedTest
    @CsvSource({"VECTOR", "ELEMENT1", "ELEMENT2", "MIXED"})
    void scoresDoNotDependOnTheOrderOfTheText(Importance importance) {
        LlamaConfig config = TinyModel.config(Map.of());
        int[][] rows = TinyModel.tokens(config, 3, 8, 5);
        int[][] turned = {rows[1], rows[2], rows[0]};
        try (Decoder model = TinyModel.random(torch, config, false, 9)) {
            double[] found = scores(model, importance, rows);
            double[] again = scores(model, importance, turned);
            assertThat(found).hasSize(24).doesNotContain(0);
            for (int unit = 0; unit < found.length; unit++) {
                assertThat(again[unit]).isCloseTo(found[unit], within(1e-5 * found[unit]));
            }
        }
    }

    private static double[] scores(Decoder model, Importance importance, int[][] rows) {
        PrunableShape shape = new PrunableShape(
                2, 12, 4, 2, 4, 10, EnumSet.of(Granularity.HEADS, Granularity.FFN), HeadUnit.GROUP, false);
        LlmPruner metric = new LlmPruner(importance, Grouping.SUM);
        return new Calibration(model, shape, new RunConfig.Calibrate(24, 0.01))
                .run(List.of(metric), rows, layer -> {})
                .of(metric)
                .flat();
    }

    private static SubBlock block(Row row, int[][] units) {
        return new SubBlock(
                torch,
                scope,
                row,
                torch.empty(scope),
                new UnitColumns(units),
                Map.of(),
                Map.of(ChannelSums.SIGNED, torch.floats(scope, SUMS, 3, 4).toType(DataType.FLOAT64, false)),
                new RunConfig.Calibrate(4, 0.01));
    }
}
