package dev.espalier.worker.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Beside the step of training, whose gradients are proved by finite differences. */
class GradientPassTest {
    private static final LlamaConfig CONFIG = TinyModel.config(Map.of("model_type", "qwen2"));
    private static final int[][] ROWS = TinyModel.tokens(CONFIG, 3, 8, 11);

    private static Torch torch;
    private static Decoder model;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
        model = TinyModel.random(torch, CONFIG, false, 7);
    }

    @AfterAll
    static void close() {
        model.close();
        torch.close();
    }

    /** Keeps all that it sees, with the bytes that tensors take at each layer: what no statistic should. */
    private static final class Watching implements GradientStatistic {
        private final List<float[]> means = new ArrayList<>();
        private final List<float[]> squares = new ArrayList<>();
        private final List<Long> bytes = new ArrayList<>();

        @Override
        public boolean needsSquares() {
            return true;
        }

        @Override
        public NDArray of(Torch torch, NDManager step, Structure structure, LayerGradients layer) {
            if (structure == Structure.HEADS) {
                bytes.add(torch.tensorBytes());
                for (Slot slot : Slot.STORED) {
                    means.add(layer.mean(slot).toFloatArray());
                    squares.add(layer.square(slot).toFloatArray());
                }
            }
            return torch.floats(step, new float[] {structure.ordinal()}, 1);
        }
    }

    @Test
    void gradientsOfAllSequencesAreThoseOfOneStepOverThem() {
        Watching watching = watched(model, ROWS);
        try (NDManager scope = torch.scope()) {
            assertLike(watching.means, languageGradients(scope, ROWS), 1);
        }
    }

    @Test
    void squaresAreThoseOfEachSequenceByItself() {
        Watching watching = watched(model, ROWS);
        try (NDManager scope = torch.scope()) {
            List<float[]> sums = new ArrayList<>();
            for (int[] row : ROWS) {
                List<float[]> gradients = languageGradients(scope, new int[][] {row});
                for (int i = 0; i < gradients.size(); i++) {
                    if (sums.size() == i) {
                        sums.add(new float[gradients.get(i).length]);
                    }
                    for (int j = 0; j < gradients.get(i).length; j++) {
                        sums.get(i)[j] += gradients.get(i)[j] * gradients.get(i)[j];
                    }
                }
            }
            assertLike(watching.squares, sums, 1.0 / ROWS.length);
        }
    }

    /** The mean is over what is learnt, as that of a step is. */
    @Test
    void gradientsOfSequencesThatAreReadInPartAreThoseOfOneStepOverThem() {
        int[][] rows = Arrays.stream(ROWS).map(int[]::clone).toArray(int[][]::new);
        Arrays.setAll(rows[0], i -> ~rows[0][i]);
        Arrays.setAll(rows[1], i -> i < 5 ? ~rows[1][i] : rows[1][i]);
        Watching watching = watched(model, rows);
        try (NDManager scope = torch.scope()) {
            assertLike(watching.means, languageGradients(scope, rows), 1);
        }
    }

    @Test
    void textOfWhichNothingIsLearntHasNoGradient() {
        int[][] rows = {{~1, ~2, ~3, ~4}};
        assertThatThrownBy(() -> watched(model, rows))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("calibrate.gradient-tokens");
    }

    @Test
    void theOrderOfTheSequencesChangesNothing() {
        int[][] turned = {ROWS[2], ROWS[0], ROWS[1]};
        assertLike(watched(model, turned).means, watched(model, ROWS).means, 1);
        assertLike(watched(model, turned).squares, watched(model, ROWS).squares, 1);
    }

    @Test
    void noMoreThanOneLayersGradientsAreHeld() {
        int before = torch.tensors();
        List<Long> bytes = watched(model, ROWS).bytes;
        // The last layer comes first, when the streams of all others are still there.
        assertThat(bytes).hasSize(2);
        assertThat(bytes.get(1)).isLessThan(bytes.get(0));
        assertThat(torch.tensors()).isEqualTo(before);
    }

    @Test
    void aMetricMayAskForGradientsAlone() {
        Metric metric = new Metric() {
            private final Watching watching = new Watching();

            @Override
            public String name() {
                return "slopes";
            }

            @Override
            public Set<Statistic> needs() {
                return Set.of();
            }

            @Override
            public Set<GradientStatistic> needsOfGradients() {
                return Set.of(watching);
            }

            @Override
            public double[] score(SubBlock block) {
                double[] scores = new double[block.units().units()];
                Arrays.fill(scores, block.found(watching).getFloat(0));
                return scores;
            }
        };
        List<Integer> done = new ArrayList<>();
        MaskSet scores = new Calibration(model, shape(), new RunConfig.Calibrate(24, 0.01))
                .run(List.of(metric), ROWS, done::add)
                .of(metric);
        assertThat(metric.needsText()).isTrue();
        assertThat(scores.heads(1)).containsOnly(Structure.HEADS.ordinal());
        assertThat(scores.ffn(0)).containsOnly(Structure.FFN.ordinal());
        assertThat(done).startsWith(0, 0, 0).endsWith(1, 2);
    }

    @Test
    void aLossThatIsNoneIsToldOf() {
        try (Decoder broken = TinyModel.random(torch, CONFIG, false, 7);
                NDManager scope = torch.scope()) {
            float[] norm = new float[CONFIG.hiddenSize()];
            Arrays.fill(norm, Float.MAX_VALUE);
            torch.call(scope, "copy_into", broken.norm(), torch.floats(scope, norm, norm.length));
            assertThatThrownBy(() -> watched(broken, ROWS))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("its gradients, are not finite");
        }
    }

    private static Watching watched(Decoder model, int[][] rows) {
        Watching watching = new Watching();
        try (NDManager scope = torch.scope()) {
            GradientStatistics found = GradientStatistics.of(model, shape(), scope, rows, List.of(watching), () -> {});
            assertThat(found.byRow()).containsOnlyKeys(Row.heads(0), Row.ffn(0), Row.heads(1), Row.ffn(1));
        }
        return watching;
    }

    private static PrunableShape shape() {
        LayerShape layer = CONFIG.layers().get(0);
        return new PrunableShape(
                CONFIG.layers().size(),
                CONFIG.hiddenSize(),
                layer.queryHeads(),
                layer.kvHeads(),
                CONFIG.headDim(),
                layer.intermediate(),
                EnumSet.of(Granularity.HEADS, Granularity.FFN),
                HeadUnit.GROUP,
                false);
    }

    /** Of the layers' tensors, the last layer first as the pass meets them. */
    private static List<float[]> languageGradients(NDManager scope, int[][] rows) {
        NDList all = new TrainingPass(model)
                .language(
                        scope,
                        TokenTensors.ids(torch, scope, rows),
                        TokenTensors.nextTokens(torch, scope, rows),
                        Variant.INTACT,
                        Gradients.LAYERS)
                .weights();
        List<float[]> gradients = new ArrayList<>();
        for (int layer = CONFIG.layers().size() - 1; layer >= 0; layer--) {
            for (Slot slot : Slot.STORED) {
                gradients.add(all.get(slot.at(layer)).toFloatArray());
            }
        }
        return gradients;
    }

    private static void assertLike(List<float[]> found, List<float[]> expected, double factor) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.size(); i++) {
            assertThat(found.get(i)).hasSameSizeAs(expected.get(i));
            for (int j = 0; j < found.get(i).length; j++) {
                double value = factor * expected.get(i)[j];
                assertThat((double) found.get(i)[j]).isCloseTo(value, within(1e-7 + 1e-4 * Math.abs(value)));
            }
        }
    }
}
