package dev.espalier.methods.taylor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.calibration.Calibration;
import dev.espalier.worker.calibration.GradientStatistic;
import dev.espalier.worker.calibration.LayerGradients;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ChannelSumsTest {
    /** Two layers, four query heads of four channels on two key/value heads, ten FFN channels. */
    private static final LlamaConfig CONFIG = TinyModel.config(Map.of());

    private static final int[][] ROWS = TinyModel.tokens(CONFIG, 3, 8, 8);
    private static final double STEP = 2e-2;

    private static Torch torch;
    private static NDManager scope;
    private static Decoder model;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu", List.of(ChannelSums.KERNELS));
        scope = torch.scope();
        model = TinyModel.random(torch, CONFIG, false, 7);
    }

    @AfterAll
    static void close() {
        model.close();
        scope.close();
        torch.close();
    }

    /** One of the sums, over all that belongs to a unit. */
    private record Total(ChannelSums sums) implements Metric {
        @Override
        public String name() {
            return "total";
        }

        @Override
        public Set<Statistic> needs() {
            return Set.of();
        }

        @Override
        public Set<GradientStatistic> needsOfGradients() {
            return Set.of(sums);
        }

        @Override
        public double[] score(SubBlock block) {
            double[][] matrices = sums.in(block);
            return block.units()
                    .sums(column ->
                            Arrays.stream(matrices).mapToDouble(m -> m[column]).sum());
        }
    }

    @Test
    void termsAreThoseOfTheFormulas() {
        // gate [.5 -.2], up [.1 .4], down 0
        assertThat(ofChannel(ChannelSums.SIGNED)).containsExactly(new double[] {.08, .05, 0}, within(1e-7));
        assertThat(ofChannel(ChannelSums.FIRST)).containsExactly(new double[] {.12, .11, 0}, within(1e-7));
        assertThat(ofChannel(ChannelSums.SECOND)).containsExactly(new double[] {.033, .067, 0}, within(1e-7));
        assertThat(ofChannel(ChannelSums.MIXED)).containsExactly(new double[] {.1115, .0795, 0}, within(1e-7));
        assertThat(ofChannel(ChannelSums.OWN_CURVATURE)).containsExactly(new double[] {.1152, .10725, 0}, within(1e-7));
    }

    private static double[] ofChannel(ChannelSums sums) {
        NDList squares = sums.needsSquares() ? layer(.1f, .2f, .3f, .4f) : new NDList();
        LayerGradients layer = new LayerGradients(layer(.5f, -.2f, .1f, .4f), layer(.2f, .1f, -.3f, .2f), squares, 1);
        return sums.of(torch, scope, Structure.FFN, layer).toDoubleArray();
    }

    /** Of one channel: two weights of gate, two of up, zeros in down. */
    private static NDList layer(float... values) {
        NDList layer = new NDList();
        Slot.STORED.forEach(slot -> layer.add(torch.empty(scope)));
        Slot.GATE.set(layer, torch.floats(scope, Arrays.copyOf(values, 2), 1, 2));
        Slot.UP.set(layer, torch.floats(scope, Arrays.copyOfRange(values, 2, 4), 1, 2));
        Slot.DOWN.set(layer, torch.floats(scope, new float[2], 2, 1));
        return layer;
    }

    @Test
    void signedSumsAreTheSlopesOfTheLossWhenAUnitShrinks() {
        MaskSet slopes = scores(ChannelSums.SIGNED, HeadUnit.GROUP);
        for (int layer = 0; layer < 2; layer++) {
            for (int channel = 0; channel < 10; channel += 3) {
                int at = channel;
                assertSlope(
                        slopes.ffn(layer)[channel],
                        layer,
                        Map.of(
                                Slot.GATE,
                                (out, in) -> out == at,
                                Slot.UP,
                                (out, in) -> out == at,
                                Slot.DOWN,
                                (out, in) -> in == at));
            }
            for (int group = 0; group < 2; group++) {
                int at = group;
                Belongs queries = (out, in) -> out / 8 == at;
                Belongs keys = (out, in) -> out / 4 == at;
                assertSlope(
                        slopes.heads(layer)[group],
                        layer,
                        Map.of(Slot.Q, queries, Slot.K, keys, Slot.V, keys, Slot.O, (out, in) -> in / 8 == at));
            }
        }
    }

    @Test
    void aKeyValueHeadCountsInEqualPartsForItsQueryHeads() {
        for (ChannelSums sums : ChannelSums.values()) {
            double[] groups = scores(sums, HeadUnit.GROUP).heads(1);
            double[] queries = scores(sums, HeadUnit.QUERY).heads(1);
            assertThat(queries[0] + queries[1]).isCloseTo(groups[0], within(1e-9));
            assertThat(queries[2] + queries[3]).isCloseTo(groups[1], within(1e-9));
        }
    }

    @Test
    void absoluteSumsAreThoseOfTheStepsOwnGradients() {
        NDList gradients = step(scope, Gradients.LAYERS).weights();
        MaskSet scores = scores(ChannelSums.FIRST, HeadUnit.GROUP);
        double[] expected = new double[10];
        for (Slot slot : new Slot[] {Slot.GATE, Slot.UP, Slot.DOWN}) {
            float[] weights = model.weights().get(slot.at(1)).toFloatArray();
            float[] slopes = gradients.get(slot.at(1)).toFloatArray();
            for (int i = 0; i < weights.length; i++) {
                int channel = slot == Slot.DOWN ? i % 10 : i / CONFIG.hiddenSize();
                expected[channel] += Math.abs((double) weights[i] * slopes[i]);
            }
        }
        assertThat(scores.ffn(1)).containsExactly(expected, within(1e-6));
    }

    private interface Belongs {
        boolean at(int out, int in);
    }

    /** d loss / d log of the weights that belong to a unit, by central differences. */
    private static void assertSlope(double slope, int layer, Map<Slot, Belongs> unit) {
        double above = scaled(layer, unit, 1 + STEP);
        double below = scaled(layer, unit, 1 - STEP);
        assertThat(slope).isCloseTo((above - below) / (2 * STEP), within(2e-4 + 0.01 * Math.abs(slope)));
    }

    private static double scaled(int layer, Map<Slot, Belongs> unit, double factor) {
        try (NDManager inner = torch.scope()) {
            unit.forEach((slot, belongs) -> scale(inner, slot, layer, belongs, factor));
            double loss = step(inner, Gradients.NONE).losses().get(0).getFloat();
            unit.forEach((slot, belongs) -> scale(inner, slot, layer, belongs, 1 / factor));
            return loss;
        }
    }

    private static void scale(NDManager inner, Slot slot, int layer, Belongs belongs, double factor) {
        NDArray weight = model.weights().get(slot.at(layer));
        float[] values = weight.toFloatArray();
        int inputs = Math.toIntExact(weight.getShape().get(1));
        for (int i = 0; i < values.length; i++) {
            if (belongs.at(i / inputs, i % inputs)) {
                values[i] = (float) (values[i] * factor);
            }
        }
        torch.call(
                inner,
                "copy_into",
                weight,
                torch.floats(inner, values, weight.getShape().getShape()));
    }

    private static TrainingPass.Step step(NDManager owner, Gradients own) {
        return new TrainingPass(model)
                .language(
                        owner,
                        TokenTensors.ids(torch, owner, ROWS),
                        TokenTensors.nextTokens(torch, owner, ROWS),
                        Variant.INTACT,
                        own);
    }

    private static MaskSet scores(ChannelSums sums, HeadUnit unit) {
        PrunableShape shape =
                new PrunableShape(2, 12, 4, 2, 4, 10, EnumSet.of(Granularity.HEADS, Granularity.FFN), unit, false);
        Metric total = new Total(sums);
        return new Calibration(model, shape, new RunConfig.Calibrate(24, 0.01))
                .run(Set.of(total), ROWS, layer -> {})
                .of(total);
    }
}
