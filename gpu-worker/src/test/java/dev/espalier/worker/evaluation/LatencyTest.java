package dev.espalier.worker.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.worker.TinyRun;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LatencyTest {
    @Test
    void speedsAreNumbersOfEachRoundAndNoTensorIsLeftBehind() {
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, TinyRun.model(Map.of()), false, 47)) {
            int tensors = torch.tensors();
            List<Long> rounds = new ArrayList<>();
            List<Latency.Result> results =
                    Latency.measure(List.of(model, model), 12, 4, 7, (done, total) -> rounds.add(done));
            assertThat(rounds)
                    .as("a measurement of minutes is heard of")
                    .containsExactly(0L, 0L, 0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L);
            assertThat(results).hasSize(2).allSatisfy(result -> {
                assertThat(result.prompt()).isEqualTo(12);
                assertThat(result.generated()).isEqualTo(4);
                assertThat(result.prefill()).hasSize(7);
                for (int round = 0; round < 7; round++) {
                    assertThat(result.prefill()[round]).isPositive().isFinite();
                    assertThat(result.decode()[round]).isPositive().isFinite();
                }
            });
            assertThat(torch.tensors()).isEqualTo(tensors);
        }
    }

    @Test
    void ratiosAreThoseOfTheSameRound() {
        double[] dense = {10, 20, 5, 10, 10, 10, 10};
        double[] pruned = {12, 24, 6, 12, 12, 12, 11};
        assertThat(Spread.of(dense)).isEqualTo(new Spread(10, 5, 20));
        assertThat(Spread.ofRatios(pruned, dense)).isEqualTo(new Spread(1.2, 1.1, 1.2));
    }
}
