package dev.espalier.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DecodeTest {
    static Stream<LlamaConfig> models() {
        LlamaConfig grouped = TinyModel.config(Map.of("attention_bias", true));
        return Stream.concat(
                TinyFamilies.configs(),
                Stream.of(
                        grouped,
                        TinyModel.ragged(grouped, new LayerShape(0, 0, 7), new LayerShape(2, 1, 0)),
                        TinyModel.ragged(grouped, new LayerShape(3, 2, 7, List.of(0, 0, 1)), new LayerShape(2, 1, 4))));
    }

    @ParameterizedTest
    @MethodSource("models")
    void decodingWithACacheGivesTheLogitsOfAFullPassAtEveryPosition(LlamaConfig config) {
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, config, false, 11);
                NDManager scope = torch.scope()) {
            int prompt = 5;
            int[] ids = TinyModel.tokens(config, 1, 12, 12)[0];
            float[] full = model.logits(scope, torch.ints(scope, ids, 1, ids.length), Variant.INTACT)
                    .toFloatArray();
            try (Continuation text = new Continuation(model, Arrays.copyOf(ids, prompt), ids.length)) {
                for (int position = prompt - 1; position < ids.length; position++) {
                    if (position >= prompt) {
                        text.append(ids[position]);
                    }
                    float[] logits = text.logits().toFloatArray();
                    assertThat(logits).hasSize(config.vocabularySize());
                    for (int v = 0; v < logits.length; v++) {
                        assertThat(logits[v]).isCloseTo(full[position * logits.length + v], Offset.offset(1e-4f));
                    }
                }
                assertThat(text.length()).isEqualTo(ids.length);
                assertThatThrownBy(() -> text.append(0)).hasMessageContaining("12 tokens");
            }
        }
    }
}
