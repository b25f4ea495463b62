package dev.espalier.coordinator.merge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorScanTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void theFirstNumberThatIsNotFiniteIsNamedWhateverItsType(Dtype dtype) throws IOException {
        int large = 300_000;
        for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int at : new int[] {0, 131_071, 131_072, large - 1}) {
                float[] values = new float[large];
                values[at] = poison;
                values[large - 1] = poison;
                assertThat(scan(dtype, values).notFinite()).contains("tensor second holds " + poison + " at " + at);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void theLargestAndTheSmallestNumbersAreFinite(Dtype dtype) throws IOException {
        float largest = dtype == Dtype.F16 ? 65_504 : 0x1.fep127f;
        TensorScan.Found found = scan(dtype, new float[] {largest, -largest, 0, -0f, Float.MIN_VALUE, 1});
        assertThat(found.notFinite()).isEmpty();
        assertThat(found.sha256()).isEqualTo(Sha256.of(folder.resolve("model.safetensors")));
    }

    @Test
    void theHashIsOfTheWholeFileAlsoIfANumberIsNotFinite() throws IOException {
        assertThat(scan(Dtype.F32, new float[] {Float.NaN, 1}).sha256())
                .isEqualTo(Sha256.of(folder.resolve("model.safetensors")));
    }

    private TensorScan.Found scan(Dtype dtype, float[] values) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("first", new long[] {3});
        shapes.put("second", new long[] {values.length});
        shapes.put("nothing", new long[] {0});
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder, shapes, dtype, 1L << 30, Map.of())) {
            writer.add("first", new float[] {1, 2, 3});
            writer.add("second", values);
            writer.add("nothing", new float[0]);
            writer.finish();
        }
        Path file = folder.resolve("model.safetensors");
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            return TensorScan.of(file, reader);
        }
    }
}
