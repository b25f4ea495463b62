package dev.espalier.worker.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TorchTest {
    @Test
    void kernelsTakeTensorsListsAndScalarsAndReturnTensors() {
        try (Torch torch = Torch.open("cpu");
                NDManager scope = torch.scope()) {
            NDArray x = torch.floats(scope, new float[] {3, 4}, 1, 2);
            NDArray weight = torch.floats(scope, new float[] {1, 2}, 2);
            NDArray y = torch.tensor(scope, "rms_norm", x, weight, 0.0);
            float r = (float) Math.sqrt(12.5);
            assertThat(y.toFloatArray()).containsExactly(3 / r, 8 / r);
            NDList grads = new NDList(x, weight);
            assertThat(torch.tensor(scope, "clip", grads, 1.0).getFloat()).isEqualTo((float) Math.sqrt(30));
        }
    }

    @Test
    void aMethodMayBringKernelsThatCallTheEngines() {
        try (Torch torch = Torch.open("cpu", List.of("brought-along.py"));
                NDManager scope = torch.scope()) {
            NDArray x = torch.floats(scope, new float[] {3, 4}, 1, 2);
            assertThat(torch.tensor(scope, "doubled_norms", x).toFloatArray()).containsExactly(6, 8);
        }
    }

    /** One Java buffer holds 2 GiB, which an embedding may be larger than. */
    @Test
    void aLargeTensorIsFilledAPieceAtATimeInOrder() {
        try (Torch torch = Torch.open("cpu");
                NDManager scope = torch.scope()) {
            List<Integer> pieces = new ArrayList<>();
            int[] next = {0};
            NDArray filled = torch.floats(scope, new long[] {1025, 1025}, buffer -> {
                pieces.add(buffer.remaining());
                while (buffer.hasRemaining()) {
                    buffer.put(next[0]++);
                }
            });
            assertThat(pieces).containsExactly(1 << 20, 1025 * 1025 - (1 << 20));
            float[] values = filled.toFloatArray();
            assertThat(IntStream.range(0, values.length).allMatch(i -> values[i] == i))
                    .isTrue();
            assertThat(filled.getShape().getShape()).containsExactly(1025, 1025);
        }
    }

    @Test
    void anotherThreadMayNotTouchTheTensors() {
        try (Torch torch = Torch.open("cpu")) {
            assertThatThrownBy(() -> CompletableFuture.supplyAsync(torch::scope).join())
                    .hasMessageContaining("belong to thread");
        }
    }

    @Test
    void closingAScopeFreesWhatKernelsReturnedIntoIt() {
        try (Torch torch = Torch.open("cpu")) {
            int before = torch.tensors();
            for (int i = 0; i < 100; i++) {
                try (NDManager scope = torch.scope()) {
                    NDArray x = torch.floats(scope, new float[] {3, 4}, 1, 2);
                    torch.tensor(scope, "rms_norm", x, x, 0.0);
                }
            }
            assertThat(torch.tensors()).isEqualTo(before);
        }
    }
}
