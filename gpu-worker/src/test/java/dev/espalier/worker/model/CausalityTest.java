package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes later in a text changes no bit of what was computed before it. */
class CausalityTest {
    private static final int LENGTH = 60;

    private static Torch torch;

    @BeforeAll
    static void open() {
        torch = Torch.open("cpu");
    }

    @AfterAll
    static void close() {
        torch.close();
    }

    static Stream<LlamaConfig> models() {
        LlamaConfig grouped = TinyModel.config(Map.of());
        return Stream.concat(
                TinyFamilies.configs(),
                Stream.of(
                        grouped,
                        TinyModel.config(Map.of("num_key_value_heads", 4)),
                        TinyModel.ragged(grouped, new LayerShape(3, 2, 7, List.of(0, 0, 1)), new LayerShape(2, 1, 4))));
    }

    @ParameterizedTest
    @MethodSource("models")
    void anotherTokenLeavesTheOutputsBeforeItAlone(LlamaConfig config) {
        int[] row = TinyModel.tokens(config, 1, LENGTH, 4)[0];
        try (Decoder model = TinyModel.random(torch, config, false, 3)) {
            float[] outputs = outputs(model, row);
            for (int at : new int[] {1, 31, 32, 33, LENGTH - 1}) {
                int[] changed = row.clone();
                changed[at] = (row[at] + 1) % config.vocabularySize();
                float[] others = outputs(model, changed);
                int before = at * config.hiddenSize();
                assertThat(Arrays.copyOf(others, before)).isEqualTo(Arrays.copyOf(outputs, before));
                assertThat(Arrays.copyOfRange(others, before, others.length))
                        .isNotEqualTo(Arrays.copyOfRange(outputs, before, outputs.length));
            }
        }
    }

    /** [T, d] */
    private static float[] outputs(Decoder model, int[] row) {
        try (NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, new int[][] {row});
            Variant student = new Variant(TinyModel.masks(torch, scope, model.config(), true, 5), new NDList(), 1);
            return model.hiddenStates(scope, ids, student, false).get(0).toFloatArray();
        }
    }
}
