package dev.espalier.methods.sheared.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.masks.GateSample;
import dev.espalier.worker.masks.HardConcrete;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.MaskTensors;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The text's loss under drawn gates of all four structures, by their logits, while all weights have gradients, too. */
class GateGradientTest {
    private static final LlamaConfig MODEL = TinyRun.model(Map.of("num_hidden_layers", 3));
    private static final int[][] ROWS = TinyModel.tokens(MODEL, 2, 12, 4);

    @ParameterizedTest
    @EnumSource(HeadUnit.class)
    void gradientsOfLogitsAreFiniteDifferences(HeadUnit unit) {
        PrunableShape shape = new PrunableShape(
                3,
                MODEL.hiddenSize(),
                4,
                2,
                MODEL.headDim(),
                MODEL.layers().get(0).intermediate(),
                EnumSet.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN, Granularity.LAYERS),
                unit,
                false);
        SplittableRandom random = new SplittableRandom(9);
        MaskSet logits = shape.filled(0).map(x -> random.nextDouble(-0.5, 1.5));
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, MODEL, false, 7);
                NDManager scope = torch.scope()) {
            GateSample sample = GateSample.draw(logits, HardConcrete.BETA, 5, 0);
            TrainingPass.Step step = step(model, scope, sample.gates(), shape, Gradients.ALL);
            MaskSet gates = MaskTensors.download(sample.gates(), step.masks(), shape);
            Map<Structure, Integer> checked = new EnumMap<>(Structure.class);
            for (Row row : logits.rows()) {
                for (int unitAt = 0; unitAt < logits.row(row).length; unitAt++) {
                    double slope = sample.slope().row(row)[unitAt];
                    if (slope == 0 || checked.getOrDefault(row.structure(), 0) >= 4) {
                        continue;
                    }
                    double difference = (loss(model, logits, row, unitAt, 1e-2, shape)
                                    - loss(model, logits, row, unitAt, -1e-2, shape))
                            / 2e-2;
                    double gradient = gates.row(row)[unitAt] * slope;
                    assertThat(gradient)
                            .as("%s, unit %d", row, unitAt)
                            .isCloseTo(difference, within(5e-4 + 0.02 * Math.abs(difference)));
                    checked.merge(row.structure(), 1, Integer::sum);
                }
            }
            assertThat(checked.keySet())
                    .containsExactlyInAnyOrder(Structure.HIDDEN, Structure.LAYERS, Structure.HEADS, Structure.FFN);
        }
    }

    private static double loss(Decoder model, MaskSet logits, Row row, int unit, double by, PrunableShape shape) {
        MaskSet moved = logits.copy();
        moved.row(row)[unit] += by;
        try (NDManager scope = model.torch().scope()) {
            MaskSet gates = GateSample.draw(moved, HardConcrete.BETA, 5, 0).gates();
            return step(model, scope, gates, shape, Gradients.NONE)
                    .losses()
                    .get(0)
                    .getFloat();
        }
    }

    private static TrainingPass.Step step(
            Decoder model, NDManager scope, MaskSet gates, PrunableShape shape, Gradients own) {
        Torch torch = model.torch();
        NDArray ids = TokenTensors.ids(torch, scope, ROWS);
        Variant student = new Variant(MaskTensors.upload(torch, scope, gates, shape), new NDList(), 0);
        return new TrainingPass(model).language(scope, ids, TokenTensors.nextTokens(torch, scope, ROWS), student, own);
    }
}
