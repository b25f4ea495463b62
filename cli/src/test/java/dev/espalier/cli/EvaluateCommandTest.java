package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class EvaluateCommandTest {
    @TempDir
    Path folder;

    @BeforeEach
    void prepare() throws IOException {
        TinyRun.in(folder);
    }

    @Test
    void jsonIsOneDocumentAndNothingElse() throws IOException {
        Cli result = evaluate(
                "--perplexity", folder.resolve("text.txt"), "--choices", folder.resolve("choices.jsonl"), "--json");

        assertThat(result.code()).as(result.err()).isZero();
        JsonNode json = new ObjectMapper()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .readTree(result.out());
        assertThat(json.path("parameters").asLong()).isEqualTo(26_336);
        assertThat(json.at("/perplexity/0/window").asInt()).isEqualTo(128);
        assertThat(json.at("/perplexity/0/stderr").asDouble()).isPositive();
        assertThat(json.at("/choices/0/n").asInt()).isEqualTo(3);
        assertThat(json.at("/choices/0/cut").asInt(-1)).isZero();
        assertThat(json.at("/choices/0/acc_stderr").isNumber()).isTrue();
        assertThat(json.has("latency")).isFalse();
    }

    @Test
    void normalisedAccuracyIsToldByBytesAndByCharacters() throws IOException {
        Cli result = evaluate("--choices", folder.resolve("choices.jsonl"));
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .containsPattern("by bytes [01]\\.[0-9]{4}.*, by characters [01]\\.[0-9]{4}.*, 3 questions");
        JsonNode json = new ObjectMapper()
                .readTree(evaluate("--choices", folder.resolve("choices.jsonl"), "--json")
                        .out());
        assertThat(json.at("/choices/0/acc_norm_chars").isNumber()).isTrue();
        assertThat(json.at("/choices/0/joined").asInt(-1)).isZero();
    }

    @Test
    void theTextOfJsonLinesIsMeasuredAndNotTheirBraces() throws IOException {
        Path lines = Files.writeString(folder.resolve("held.jsonl"), "{\"text\": \"The cat sat\"}\n".repeat(3));
        Cli result = evaluate("--perplexity", lines);
        assertThat(result.code()).as(result.err()).isZero();
        // three times eleven letters, two ends of text between them, and the first of all is not predicted
        assertThat(result.out()).contains("34 tokens, window 35, 3 documents");
        Path other = Files.writeString(folder.resolve("other.jsonl"), "{\"content\": \"The cat sat\"}\n");
        Cli refused = evaluate("--perplexity", other);
        assertThat(refused.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(refused.err()).contains("other.jsonl, line 1 has no text field 'text'", "give a .txt file");
    }

    @Test
    void theTableShowsEachMeasure() {
        Cli result = evaluate("--perplexity", folder.resolve("text.txt"), "--latency", "--limit", 2, "--window", 32);

        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("26 336 parameters", "62 tokens, window 32", "prefill", "decode", " in 7 repeats of ");
    }

    @Test
    void questionsLongerThanTheModelTakesAreCountedInTheTable() throws IOException {
        Path file = folder.resolve("long.jsonl");
        String item = "{\"query\": \"%s\", \"choices\": [\"sat\", \"flew\"], \"gold\": 0}\n";
        Files.writeString(file, String.format(item, "The cat") + String.format(item, "The cat ".repeat(30) + "and"));

        Cli result = evaluate("--choices", file, "--window", 16);
        assertThat(result.code()).as(result.err()).isZero();
        assertThat(result.out()).containsPattern("accuracy .* [01]\\.[0-9]{4} \u00b10\\.[0-9]{4}  by bytes");
        assertThat(result.out()).contains("2 questions, 1 longer than the model takes: their beginnings were cut");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aModelThatDoesNotFitIntoMemoryIsAWrongInput() throws IOException {
        LargeModel.in(folder.resolve("model"));
        Cli result = evaluate("--choices", folder.resolve("choices.jsonl"));
        assertThat(result.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err())
                .contains(folder.resolve("model").toString(), "GiB of memory, and only")
                .doesNotContain("\tat ");
    }

    /** Every choice is as likely as NaN, and the first of them was taken for the best: an accuracy of 1. */
    @Test
    void aNaNInAWeightIsNoPerfectAccuracy() throws IOException {
        Path weights = folder.resolve("model/model.safetensors");
        byte[] content = Files.readAllBytes(weights);
        ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putFloat(content.length - 4, Float.NaN);
        Files.write(weights, content);
        Cli result = evaluate("--choices", folder.resolve("choices.jsonl"), "--json");
        assertThat(result.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains("model.norm.weight in " + weights, "holds NaN at [31]", "not finite")
                .doesNotContain("\tat ");
    }

    @Test
    void nothingToMeasureIsAWrongInput() {
        Cli result = evaluate();
        assertThat(result.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).contains("--perplexity", "--choices", "--latency");
    }

    @Test
    void aMissingFileIsNamed() {
        Cli result = evaluate("--perplexity", folder.resolve("gone.txt"));
        assertThat(result.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).contains("gone.txt").doesNotContain("\tat ");
    }

    @Test
    void anUnknownOptionIsAWrongInputWithAHint() {
        Cli result = evaluate("--latencie");
        assertThat(result.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).contains("--latency", "'espalier evaluate --help'");
    }

    private Cli evaluate(Object... options) {
        Object[] all = new Object[options.length + 4];
        all[0] = "evaluate";
        all[1] = folder.resolve("model");
        all[2] = "--device";
        all[3] = "cpu";
        System.arraycopy(options, 0, all, 4, options.length);
        return Cli.run(all);
    }
}
