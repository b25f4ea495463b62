package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.TensorInfo;
import dev.espalier.worker.checkpoint.WeightPlaces;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightLoaderTest {
    @ParameterizedTest
    @CsvSource({"F32, F32, 0", "BF16, F32, 4", "F16, F32, 4", "F32, BF16, 2", "BF16, BF16, 2"})
    void onlyWhatIsNotStoredAsItIsComputedWithTakesMemory(Dtype stored, Precision loaded, int bytes) {
        TensorInfo tensor = new TensorInfo("w", stored, new long[] {3, 5}, Path.of("w"), 0, 15L * stored.bytes());
        WeightPlaces.Place place = new WeightPlaces.Place("w", 0, tensor.shape(), true, 0, 1);
        assertThat(WeightLoader.memory(tensor, place, loaded, false)).isEqualTo(15L * bytes);
        // what training writes to is no file
        assertThat(WeightLoader.memory(tensor, place, loaded, true)).isEqualTo(15L * loaded.bytes());
    }
}
