package dev.espalier.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.JsonFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    static final Path FILE = Path.of("src/test/resources/tokenizer/tokenizer.json");

    @TempDir
    Path folder;

    @Test
    void givesTheIdsThatHuggingFaceGives() throws IOException {
        JsonNode golden = JsonMapper.builder()
                .build()
                .readTree(FILE.resolveSibling("golden.json").toFile());
        try (Tokenizer tokenizer = Tokenizer.open(FILE)) {
            for (JsonNode sample : golden) {
                String text = sample.get("text").textValue();
                assertThat(tokenizer.encode(text, false)).as(text).containsExactly(ints(sample.get("ids")));
                assertThat(tokenizer.encode(text, true)).as(text).containsExactly(ints(sample.get("special")));
                assertThat(tokenizer.decode(tokenizer.encode(text, true)))
                        .isEqualTo(sample.get("decoded").textValue());
            }
        }
    }

    @Test
    void aLongTextIsNeitherTruncatedNorPaddedNorSplit() {
        String line = "The cat ran to the mat.\n";
        try (Tokenizer tokenizer = Tokenizer.open(FILE)) {
            int[] once = tokenizer.encode(line, false);
            int[] expected =
                    IntStream.range(0, 50_000).flatMap(i -> Arrays.stream(once)).toArray();
            assertThat(tokenizer.encode(line.repeat(50_000), false)).isEqualTo(expected);
        }
    }

    @Test
    void textThatIsNoUnicodeDoesNotBringTheProcessDown() {
        try (Tokenizer tokenizer = Tokenizer.open(FILE)) {
            assertThat(tokenizer.encode("lone \ud83c surrogate", false)).isNotEmpty();
        }
    }

    @Test
    void theVocabularyCountsAddedTokens() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(FILE)) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(280);
            assertThat(tokenizer.hash()).hasSize(64).isEqualTo(Sha256.of(FILE));
        }
        ObjectNode json = JsonFile.read(FILE);
        ObjectNode added = json.withArrayProperty("added_tokens").get(0).deepCopy();
        added.put("id", 400).put("content", "<|extra|>");
        json.withArrayProperty("added_tokens").add(added);
        try (Tokenizer tokenizer = Tokenizer.open(write(json.toString()))) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(401);
        }
    }

    /** The cases that added.py made with transformers, and its ids. */
    @Test
    void tokensThatOnlyTheFilesBesideItKnowAreThoseOfTransformers() throws IOException {
        JsonNode golden = JsonMapper.builder()
                .build()
                .readTree(FILE.resolveSibling("added.json").toFile());
        for (JsonNode sample : golden.get("cases")) {
            Path model =
                    Files.createDirectories(folder.resolve(sample.get("name").textValue()));
            Files.copy(FILE, model.resolve("tokenizer.json"));
            for (Map.Entry<String, JsonNode> file : sample.get("files").properties()) {
                Files.writeString(model.resolve(file.getKey()), file.getValue().toString());
            }
            try (Tokenizer tokenizer = Tokenizer.open(model.resolve("tokenizer.json"))) {
                assertThat(tokenizer.encode(golden.get("text").textValue(), true))
                        .as(sample.get("name").textValue())
                        .containsExactly(ints(sample.get("ids")));
                assertThat(tokenizer.vocabularySize())
                        .as(sample.get("name").textValue())
                        .isEqualTo(sample.get("size").intValue());
            }
        }
    }

    @Test
    void aTokenThatIsNoneInAFileBesideItIsNamed() throws IOException {
        Files.copy(FILE, folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"added_tokens_decoder\": {\"280\": {}}}");
        assertThatThrownBy(() -> Tokenizer.open(folder.resolve("tokenizer.json")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tokenizer_config.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"model\": {}}",
                "{\"model\": {\"vocab\": {\"a\": -1}}}",
                "{\"model\": {\"vocab\": {\"a\": 1e9}}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": [\"x y\"]}}"
            })
    void refusesWhatIsNoTokenizer(String content) throws IOException {
        Path file = write(content);
        assertThatThrownBy(() -> Tokenizer.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(file.toString());
    }

    private Path write(String content) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), content);
    }

    private static int[] ints(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }
}
