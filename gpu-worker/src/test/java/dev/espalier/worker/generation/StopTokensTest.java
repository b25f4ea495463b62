package dev.espalier.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopTokensTest {
    private static final LlamaConfig CONFIG = TinyRun.model(Map.of("eos_token_id", 2));

    @TempDir
    private Path folder;

    @Test
    void thoseOfGenerationConfigComeBeforeThoseOfTheModel() throws IOException {
        assertThat(StopTokens.of(folder, CONFIG)).containsExactly(2);
        assertThat(stops("{\"eos_token_id\": 7}")).containsExactly(7);
        assertThat(stops("{\"eos_token_id\": [7, 9, 7]}")).containsExactlyInAnyOrder(7, 9);
        assertThat(stops("{\"eos_token_id\": []}")).isEmpty();
        assertThat(stops("{\"eos_token_id\": null}")).isEmpty();
        assertThat(stops("{}")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"</s>\"", "[1,null]", "[1,\"2\"]", "1.5", "{\"id\":1}", "4294967298"})
    void anythingElseIsRefused(String value) {
        assertThatThrownBy(() -> stops("{\"eos_token_id\": " + value + "}"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("generation_config.json: eos_token_id is " + value);
    }

    @Test
    void theTextEndsAtAnyOfThem() throws IOException {
        TinyRun.writeTokenizer(folder);
        Set<Integer> all = IntStream.range(0, CONFIG.vocabularySize()).boxed().collect(Collectors.toSet());
        try (Torch torch = Torch.open("cpu");
                Decoder model = TinyModel.random(torch, CONFIG, false, 3);
                Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"))) {
            assertThat(new Generator(model, tokenizer, 16, Set.of()).generate("the cat", 4, 0, 1, piece -> {}))
                    .isEqualTo(4);
            assertThat(new Generator(model, tokenizer, 16, all).generate("the cat", 4, 0, 1, piece -> {}))
                    .isZero();
        }
    }

    private Set<Integer> stops(String json) throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), json);
        return StopTokens.of(folder, CONFIG);
    }
}
