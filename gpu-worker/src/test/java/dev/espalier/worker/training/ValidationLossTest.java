package dev.espalier.worker.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ValidationLossTest {
    @Test
    void itIsTheMeanOfWhatTheLogitsGiveTheTokensThatFollow() {
        LlamaConfig config = TinyRun.model(Map.of());
        int[][] rows = TinyModel.tokens(config, 3, 12, 7);
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, config, false, 31);
                NDManager scope = torch.scope()) {
            float[] logits = model.logits(scope, TokenTensors.ids(torch, scope, rows), Variant.INTACT)
                    .toFloatArray();
            int vocabulary = logits.length / (3 * 12);
            double sum = 0;
            for (int row = 0; row < 3; row++) {
                for (int at = 0; at < 11; at++) {
                    int from = (row * 12 + at) * vocabulary;
                    double normaliser = 0;
                    for (int token = 0; token < vocabulary; token++) {
                        normaliser += Math.exp(logits[from + token]);
                    }
                    sum += Math.log(normaliser) - logits[from + rows[row][at + 1]];
                }
            }
            assertThat(ValidationLoss.of(model, Variant.INTACT, rows)).isCloseTo(sum / 33, Offset.offset(1e-4));
        }
    }
}
