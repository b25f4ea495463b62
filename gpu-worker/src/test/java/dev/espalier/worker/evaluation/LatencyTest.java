package dev.espalier.worker.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.worker.TinyRun;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LatencyTest {
    @Test
    void speedsAreNumbersAndNoTensorIsLeftBehind() {
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, TinyRun.model(Map.of()), false, 47)) {
            int tensors = torch.tensors();
            Latency.Result result = Latency.measure(model, 12, 4);
            assertThat(result.prompt()).isEqualTo(12);
            assertThat(result.generated()).isEqualTo(4);
            assertThat(result.prefill()).isPositive().isFinite();
            assertThat(result.decode()).isPositive().isFinite();
            assertThat(torch.tensors()).isEqualTo(tensors);
        }
    }
}
