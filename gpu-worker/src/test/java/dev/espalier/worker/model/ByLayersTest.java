package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.torch.Torch;
import dev.espalier.worker.training.TokenTensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ByLayersTest {
    private static Torch torch;
    private static ModelFolder model;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() throws IOException {
        torch = Torch.open("cpu");
        TinyRun.writeTokenizer(folder);
        try (Decoder random = TinyModel.random(torch, TinyRun.model(Map.of()), false, 3)) {
            HfExport.write(random, Variant.INTACT, folder, folder.resolve("halves"), Dtype.BF16, layer -> {});
        }
        model = ModelFolder.open(folder.resolve("halves"));
    }

    @AfterAll
    static void close() {
        model.close();
        torch.close();
    }

    @Test
    void aLayerThatIsReadWhenAskedForIsTheLayer() {
        try (Decoder whole = Decoder.load(torch, model, 32, false);
                Decoder byLayers = Decoder.byLayers(torch, model, 32);
                NDManager scope = torch.scope()) {
            for (int layer = 0; layer < model.config().layers().size(); layer++) {
                NDList expected = whole.layer(scope, layer);
                NDList found = byLayers.layer(scope, layer);
                assertThat(found).hasSameSizeAs(expected);
                for (int slot = 0; slot < found.size(); slot++) {
                    assertThat(found.get(slot).toFloatArray())
                            .isEqualTo(expected.get(slot).toFloatArray());
                }
            }
        }
    }

    @Test
    void aLayerThatIsDoneWithTakesNoMemory() {
        try (Decoder byLayers = Decoder.byLayers(torch, model, 32)) {
            long before = torch.tensorBytes();
            for (int layer = 0; layer < model.config().layers().size(); layer++) {
                try (NDManager scope = torch.scope()) {
                    byLayers.layer(scope, layer);
                    assertThat(torch.tensorBytes()).isGreaterThan(before);
                }
                assertThat(torch.tensorBytes()).isEqualTo(before);
            }
        }
    }

    @Test
    void memoryIsWantedForWordsALayerAndItsGramMatrix() {
        long words = Float.BYTES * model.config().parameters();
        long whole = ModelMemory.of(model, Precision.F32, false);
        assertThat(whole).as("halves are widened, all of them").isEqualTo(words);
        long layers = model.config().layers().size();
        long widest = model.config().layers().get(0).intermediate();
        try (Decoder byLayers = Decoder.byLayers(torch, model, 32);
                NDManager scope = torch.scope()) {
            long layer = byLayers.layer(scope, 0).stream()
                    .filter(tensor -> tensor.size() > 1)
                    .mapToLong(tensor -> Float.BYTES * tensor.size())
                    .sum();
            assertThat(ModelMemory.byLayers(model))
                    .isEqualTo(whole - (layers - 1) * layer + Double.BYTES * widest * widest);
        }
    }

    @Test
    void whatNeedsAllLayersAtATimeIsRefused() {
        try (Decoder byLayers = Decoder.byLayers(torch, model, 32);
                NDManager scope = torch.scope()) {
            NDArray ids = TokenTensors.ids(torch, scope, TinyModel.tokens(model.config(), 2, 11, 5));
            assertThatThrownBy(() -> byLayers.hiddenStates(scope, ids, Variant.INTACT, false))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one at a time");
        }
    }
}
