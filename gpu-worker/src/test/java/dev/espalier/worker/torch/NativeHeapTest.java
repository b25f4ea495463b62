package dev.espalier.worker.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeHeapTest {
    private static final int TENSORS = 1600;
    private static final long MEBIBYTE = 1 << 20;

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatFreedTensorsHeldIsGivenBackToTheSystem() throws IOException {
        try (Torch torch = Torch.open("cpu")) {
            NDManager last;
            List<NDManager> freed = new ArrayList<>();
            // below glibc's threshold for mappings, and one that stays above them all, so that nothing goes by itself
            for (int i = 0; i < TENSORS; i++) {
                freed.add(torch.scope());
                freed.get(i).ones(new Shape(MEBIBYTE / 64));
            }
            last = torch.scope();
            last.ones(new Shape(MEBIBYTE / 64));
            freed.forEach(NDManager::close);
            long before = anonymous();

            NativeHeap.giveBack();

            assertThat(before - anonymous()).isGreaterThan(TENSORS * MEBIBYTE / 32);
            last.close();
        }
    }

    /** Bytes of this process's memory that no file stands behind. */
    private static long anonymous() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
