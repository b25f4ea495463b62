package dev.espalier.worker.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.monitoring.StepFields;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.PretrainConfig;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Gradients;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.TrainingPass;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.AdamW;
import dev.espalier.worker.training.AllWeights;
import dev.espalier.worker.training.StepClock;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContinuedStepsTest {
    private static final AdamW.Settings OPTIMIZER = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1);
    private static final LlamaConfig MODEL = TinyRun.model(Map.of());
    private static final int[][] ROWS = TinyModel.tokens(MODEL, 4, 16, 1);

    private static Torch torch;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 1})
    void aBatchInPiecesIsWorthTheSameAsTheWhole(double distill) {
        StepMetrics whole = step(distill, 4);
        for (int pieces : new int[] {1, 2}) {
            StepMetrics inPieces = step(distill, pieces);
            assertThat(inPieces.value(StepFields.LOSS)).isCloseTo(whole.value(StepFields.LOSS), within(1e-5));
            assertThat(inPieces.value(StepFields.GRADIENT_NORM))
                    .isCloseTo(whole.value(StepFields.GRADIENT_NORM), within(1e-5));
            assertThat(inPieces.tokens()).isEqualTo(64);
        }
    }

    /** Which KV head a query head reads is a tensor among the weights that no gradient is added to. */
    @Test
    void aBatchInPiecesIsWorthTheSameWhereLayersSayWhichKvHeadTheirHeadsRead() {
        LlamaConfig ragged = MODEL.withShapes(
                MODEL.hiddenSize(), List.of(new LayerShape(3, 2, 7, List.of(0, 1, 0)), new LayerShape(4, 2, 24)));
        StepMetrics whole = step(ragged, 0.3, 4);
        StepMetrics inPieces = step(ragged, 0.3, 2);
        assertThat(inPieces.value(StepFields.LOSS)).isCloseTo(whole.value(StepFields.LOSS), within(1e-5));
        assertThat(inPieces.value(StepFields.GRADIENT_NORM))
                .isCloseTo(whole.value(StepFields.GRADIENT_NORM), within(1e-5));
    }

    /** Of four sequences one is learnt, one in part, the others not at all. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 1})
    void aBatchInPiecesIsWorthTheSameWhereNotAllIsLearnt(double distill) {
        int[][] rows = Arrays.stream(ROWS).map(int[]::clone).toArray(int[][]::new);
        Arrays.setAll(rows[0], i -> ~rows[0][i]);
        Arrays.setAll(rows[1], i -> i < 12 ? ~rows[1][i] : rows[1][i]);
        Arrays.setAll(rows[3], i -> ~rows[3][i]);
        StepMetrics whole = step(MODEL, rows, distill, 4);
        for (int pieces : new int[] {1, 2}) {
            StepMetrics inPieces = step(MODEL, rows, distill, pieces);
            assertThat(inPieces.value(StepFields.LOSS)).isCloseTo(whole.value(StepFields.LOSS), within(1e-5));
            assertThat(inPieces.value(StepFields.GRADIENT_NORM))
                    .isCloseTo(whole.value(StepFields.GRADIENT_NORM), within(1e-5));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 1})
    void aBatchOfWhichNothingIsLearntMovesNothingAndHasNoLoss(double distill) {
        int[][] rows = Arrays.stream(ROWS)
                .map(row -> Arrays.stream(row).map(id -> ~id).toArray())
                .toArray(int[][]::new);
        try (Decoder model = TinyModel.random(torch, MODEL, false, 7);
                Decoder intact = TinyModel.random(torch, MODEL, false, 8);
                AllWeights student = new AllWeights(model, OPTIMIZER, 1, true)) {
            ContinuedSteps steps = steps(model, intact, pretrain(distill, ROWS.length, 4));
            float[] before = model.norm().toFloatArray();
            steps.step(student, 3, ROWS);
            float[] moved = model.norm().toFloatArray();
            assertThat(moved).isNotEqualTo(before);
            StepMetrics none = steps.step(student, 4, rows);
            assertThat(none.value(StepFields.LOSS)).isNaN();
            assertThat(none.value(StepFields.GRADIENT_NORM)).isZero();
            assertThat(model.norm().toFloatArray())
                    .as("by what Adam remembers they would move")
                    .isEqualTo(moved);
        }
    }

    @Test
    void theLossIsTheTextsOrTheIntactModelsOrSharesOfBoth() {
        StepMetrics text = step(0, 4);
        StepMetrics taught = step(1, 4);
        assertThat(text.value(StepFields.LOSS_KL)).isNaN();
        assertThat(text.teacher()).isEqualTo("none");
        assertThat(taught.value(StepFields.LOSS)).isEqualTo(taught.value(StepFields.LOSS_KL));
        assertThat(step(0.3, 4).value(StepFields.LOSS))
                .isCloseTo(0.7 * text.value(StepFields.LOSS) + 0.3 * taught.value(StepFields.LOSS_KL), within(1e-5));
    }

    @Test
    void gradientsOfBothTeachersAddUpByTheirWeights() {
        try (Decoder model = TinyModel.random(torch, MODEL, false, 7);
                Decoder intact = TinyModel.random(torch, MODEL, false, 8);
                NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, ROWS);
            NDArray next = TokenTensors.nextTokens(torch, scope, ROWS);
            NDList taught = intact.hiddenStates(scope, ids, Variant.INTACT, false);
            TrainingPass.Distillation loss = new TrainingPass.Distillation(1.5, 0.3, 0, false);
            NDList both = new TrainingPass(model)
                    .distil(
                            scope,
                            ids,
                            Variant.INTACT,
                            taught,
                            intact.head(),
                            loss,
                            new TrainingPass.Labels(next, 0.7),
                            Gradients.ALL)
                    .weights();
            NDList ofTeacher = new TrainingPass(model)
                    .distil(scope, ids, Variant.INTACT, taught, intact.head(), loss, Gradients.ALL)
                    .weights();
            NDList ofText = new TrainingPass(model)
                    .language(scope, ids, next, Variant.INTACT, Gradients.ALL)
                    .weights();
            for (int i = 0; i < both.size(); i++) {
                float[] sum = both.get(i).toFloatArray();
                float[] one = ofTeacher.get(i).toFloatArray();
                float[] other = ofText.get(i).toFloatArray();
                for (int j = 0; j < sum.length; j++) {
                    assertThat(sum[j]).isCloseTo(one[j] + 0.7f * other[j], within(2e-6f));
                }
            }
        }
    }

    private static StepMetrics step(double distill, int microBatch) {
        return step(MODEL, distill, microBatch);
    }

    private static StepMetrics step(LlamaConfig config, double distill, int microBatch) {
        return step(config, ROWS, distill, microBatch);
    }

    private static StepMetrics step(LlamaConfig config, int[][] rows, double distill, int microBatch) {
        try (Decoder model = TinyModel.random(torch, config, false, 7);
                Decoder intact = TinyModel.random(torch, MODEL, false, 8);
                AllWeights student = new AllWeights(model, OPTIMIZER, 1, true)) {
            return steps(model, intact, pretrain(distill, rows.length, microBatch))
                    .step(student, 3, rows);
        }
    }

    private static ContinuedSteps steps(Decoder model, Decoder intact, RunConfig.Pretrain pretrain) {
        Optional<Decoder> teacher = pretrain.distill() > 0 ? Optional.of(intact) : Optional.empty();
        return new ContinuedSteps(model, teacher, pretrain, StepClock.silent());
    }

    private static RunConfig.Pretrain pretrain(double distill, int batch, int microBatch) {
        return new RunConfig.Pretrain(
                distill,
                1,
                true,
                10,
                batch,
                microBatch,
                new PretrainConfig.LearningRate(1e-3, 1e-4, 2),
                0.1,
                new PretrainConfig.Betas(0.9, 0.95),
                1);
    }
}
