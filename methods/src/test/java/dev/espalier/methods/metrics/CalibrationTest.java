package dev.espalier.methods.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.calibration.Calibration;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Metrics;
import dev.espalier.worker.calibration.Scores;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {
    /** Written by an earlier version from this very model and text, every metric in one pass. */
    private static final Path WRITTEN = Path.of("src/test/resources/written/calibration-1.safetensors");

    private static final LlamaConfig CONFIG = TinyRun.model(Map.of());
    private static final PrunableShape SHAPE = new PrunableShape(
            2,
            16,
            4,
            2,
            4,
            24,
            EnumSet.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN),
            HeadUnit.QUERY,
            true);
    private static final int[][] ROWS = TinyModel.tokens(CONFIG, 4, 16, 3);

    private static Torch torch;
    private static Decoder model;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        model = TinyModel.random(torch, CONFIG, false, 5);
    }

    @AfterAll
    static void close() {
        model.close();
        torch.close();
    }

    /** As an addition to those that there are: how many tokens there were, and whether each passed the sub-block. */
    private enum Passage implements Metric, Statistic {
        COUNT;

        @Override
        public Set<Statistic> needs() {
            return Set.of(this);
        }

        @Override
        public NDArray start(NDManager scope, int inputs, Text text) {
            return torch.floats(scope, new float[2], 2);
        }

        @Override
        public void add(Torch torch, NDManager step, NDArray sum, Tokens tokens) {
            boolean moved = !Arrays.equals(
                    tokens.before().toFloatArray(), tokens.after().toFloatArray());
            long count = tokens.inputs().getShape().get(0);
            sum.addi(torch.floats(step, new float[] {count, moved ? 1 : 0}, 2));
        }

        @Override
        public double[] score(SubBlock block) {
            float[] found = block.found(this).toFloatArray();
            double[] scores = new double[block.units().units()];
            Arrays.fill(scores, found[0] * found[1]);
            return scores;
        }
    }

    @Test
    void scoresAreThoseOfEarlierVersionsAlsoWhereEachMetricIsAskedAlone() {
        Scores written = Scores.read(WRITTEN, SHAPE.filled(0));
        for (Metric metric : List.of(new Obs(), new Magnitude(), new WandaSp())) {
            double[] before = written.of(metric).flat();
            double[] now = calibration()
                    .run(List.of(metric), ROWS, layer -> {})
                    .of(metric)
                    .flat();
            assertThat(now).hasSameSizeAs(before);
            for (int i = 0; i < now.length; i++) {
                assertThat(now[i]).isCloseTo(before[i], within(1e-4 * Math.abs(before[i])));
            }
        }
    }

    @Test
    void aMetricMayBringAStatisticOfItsOwn() {
        MaskSet scores = calibration()
                .run(List.of(Passage.COUNT, new Magnitude()), ROWS, layer -> {})
                .of(Passage.COUNT);
        assertThat(scores.heads(1)).containsOnly(64);
        assertThat(scores.ffn(0)).containsOnly(64);
        assertThat(scores.hidden()).containsOnly(0);
    }

    @Test
    void aMetricThatNeedsNoTextScoresWithoutOne() {
        MaskSet alone = calibration().ofWeights(new Magnitude());
        assertThat(alone.flat())
                .isEqualTo(calibration()
                        .run(List.of(new Magnitude(), new WandaSp()), ROWS, layer -> {})
                        .of(new Magnitude())
                        .flat());
    }

    @Test
    void aFileSaysWhichMetricItLacks() {
        Path file = folder.resolve("scores.safetensors");
        calibration().run(List.of(new WandaSp()), ROWS, layer -> {}).write(file);
        Scores read = Scores.read(file, SHAPE.filled(0));
        assertThat(read.of(new WandaSp()).ffn(1)).hasSize(24);
        assertThatThrownBy(() -> read.of(new Obs()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("scored by wanda-sp, and not by obs: retry the stage calibrate");
    }

    @Test
    void aMetricThatNobodyKnowsIsNamedBesideThoseThatAreKnown() {
        Metrics metrics = new Metrics(List.of(new Obs(), new WandaSp()));
        assertThat(metrics.named("wanda-sp")).isInstanceOf(WandaSp.class);
        assertThatThrownBy(() -> metrics.named("flap"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("knows no metric flap, only obs, wanda-sp");
    }

    private static Calibration calibration() {
        return new Calibration(model, SHAPE, new RunConfig.Calibrate(64, 0.01));
    }
}
