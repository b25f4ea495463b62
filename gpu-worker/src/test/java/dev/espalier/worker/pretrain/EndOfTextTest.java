package dev.espalier.worker.pretrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndOfTextTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"\"<|im_end|>\"", "{\"content\": \"<|im_end|>\", \"special\": true}"})
    void itIsWhatTheTokenizersSettingsName(String named) throws IOException {
        tokenizer("<|endoftext|>", "<|im_end|>");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": " + named + "}");
        assertThat(EndOfText.of(folder.resolve("tokenizer.json"))).isEqualTo(11);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<|endoftext|>", "</s>", "<|end_of_text|>"})
    void otherwiseItIsTheUsualOne(String usual) throws IOException {
        tokenizer("<unk>", usual);
        assertThat(EndOfText.of(folder.resolve("tokenizer.json"))).isEqualTo(11);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": null}");
        assertThat(EndOfText.of(folder.resolve("tokenizer.json"))).isEqualTo(11);
    }

    @Test
    void aTokenizerWithoutOneIsRefused() throws IOException {
        tokenizer("!", "<unk>");
        assertThatThrownBy(() -> EndOfText.of(folder.resolve("tokenizer.json")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no token that ends a text")
                .hasMessageContaining("name one as eos_token");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
        assertThatThrownBy(() -> EndOfText.of(folder.resolve("tokenizer.json")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("names the eos_token </s>");
    }

    private void tokenizer(String first, String second) throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"added_tokens\": [{\"id\": 10, \"content\": \"" + first + "\"}, {\"id\": 11, \"content\": \""
                        + second + "\"}]}");
    }
}
