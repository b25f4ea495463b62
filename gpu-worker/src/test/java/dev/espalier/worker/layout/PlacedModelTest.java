package dev.espalier.worker.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.TinyModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlacedModelTest {
    private static final LayerShape EMPTY = new LayerShape(0, 0, 0);

    @Test
    void theSmallestShapeOfAllLayersDividesTheHiddenSize() {
        // 3 query heads of 3 KV heads would do, but do not divide 16
        LlamaConfig odd = ragged(new LayerShape(3, 3, 5), new LayerShape(2, 1, 9), EMPTY);
        assertThat(shapes(PlacedModel.alike(odd))).containsExactly(new LayerShape(8, 4, 9), new LayerShape(8, 4, 9));
        LlamaConfig even = ragged(new LayerShape(4, 2, 5), new LayerShape(2, 1, 9));
        assertThat(shapes(PlacedModel.alike(even))).containsOnly(new LayerShape(4, 2, 9));
    }

    @Test
    void aPowerOfTwoIsFoundForAnyHeads() {
        // 15 places; 16 and 8 x 2 or 4 x 4 hold no 5 groups of 3
        LayerShape[] layers = {new LayerShape(15, 5, 5), new LayerShape(2, 1, 9)};
        assertThat(shapes(PlacedModel.alike(ragged(layers).withShapes(64, List.of(layers)))))
                .containsOnly(new LayerShape(32, 8, 9));
    }

    @Test
    void layersMayKeepFewerKvHeadsWhereTheFormatLetsThem() {
        LlamaConfig config = ragged(new LayerShape(4, 4, 5), new LayerShape(3, 1, 300), EMPTY, new LayerShape(0, 0, 7));
        assertThat(shapes(PlacedModel.byLayer(config, 256)))
                .containsExactly(new LayerShape(4, 4, 256), new LayerShape(4, 1, 512), new LayerShape(0, 0, 256));
    }

    @Test
    void theFirstLayerHasHeadsEvenIfTheyAreZeros() {
        LlamaConfig config = ragged(EMPTY, new LayerShape(0, 0, 7), new LayerShape(4, 2, 0), new LayerShape(0, 0, 7));
        assertThat(shapes(PlacedModel.byLayer(config, 1)))
                .containsExactly(new LayerShape(4, 1, 7), new LayerShape(4, 2, 0), new LayerShape(0, 0, 7));
    }

    @Test
    void aBiasOfTheOutputIsAddedWhereNoHeadsAreLeft() {
        LlamaConfig config = TinyModel.ragged(
                TinyRun.model(Map.of("attention_bias", true)), new LayerShape(4, 2, 7), EMPTY, new LayerShape(0, 0, 7));
        assertThat(shapes(PlacedModel.byLayer(config, 1)))
                .containsExactly(new LayerShape(4, 2, 7), new LayerShape(4, 1, 0), new LayerShape(4, 1, 7));
        assertThat(shapes(PlacedModel.alike(config))).hasSize(3).containsOnly(new LayerShape(4, 2, 7));
    }

    @Test
    void aModelWithoutAnythingLeftIsOneLayerOfZeros() {
        assertThat(shapes(PlacedModel.alike(ragged(EMPTY, EMPTY)))).containsExactly(new LayerShape(1, 1, 1));
    }

    @Test
    void aHiddenSizeWithoutADivisorNearTheHeadsIsRefused() {
        LayerShape[] layers = {new LayerShape(3, 3, 5), new LayerShape(2, 1, 9)};
        LlamaConfig config = ragged(layers).withShapes(13, List.of(layers));
        assertThatThrownBy(() -> PlacedModel.alike(config))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll(
                        "need 6 places", "from 6 to 24", "the hidden size 13", "heads, or hidden, out of");
        assertThatThrownBy(() -> PlacedModel.byLayer(config, 256))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("need 3 places");
    }

    @Test
    void headsThatAreNormedTogetherGetNoZerosBesideThem() {
        LlamaConfig olmo = TinyRun.model(Map.of("model_type", "olmo2", "num_key_value_heads", 4));
        LlamaConfig whole = TinyModel.ragged(olmo, new LayerShape(4, 4, 5), new LayerShape(0, 0, 9));
        assertThat(shapes(PlacedModel.alike(whole))).containsOnly(new LayerShape(4, 4, 9));
        LlamaConfig fewer = TinyModel.ragged(olmo, new LayerShape(4, 4, 5), new LayerShape(2, 2, 9));
        assertThatThrownBy(() -> PlacedModel.alike(fewer))
                .isInstanceOf(UserError.class)
                .hasMessageContainingAll("olmo2 norms all heads", "the 2 of layer 1", "hf-padded");
    }

    private static LlamaConfig ragged(LayerShape... layers) {
        return TinyModel.ragged(TinyRun.model(Map.of()), layers);
    }

    private static List<LayerShape> shapes(PlacedModel model) {
        return model.config().layers();
    }
}
