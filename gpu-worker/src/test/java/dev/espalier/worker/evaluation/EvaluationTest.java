package dev.espalier.worker.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against logits, one text at a time and without batches or padding. */
class EvaluationTest {
    private static Torch torch;
    private static Decoder model;
    private static Tokenizer tokenizer;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void open() throws IOException {
        torch = Torch.open("cpu");
        LlamaConfig config = TinyRun.model(Map.of());
        model = TinyModel.random(torch, config, false, 41);
        TinyRun.writeTokenizer(folder);
        tokenizer = Tokenizer.open(folder.resolve("tokenizer.json"));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        torch.close();
    }

    @ParameterizedTest
    @CsvSource({"16, 0", "16, 3", "7, 0", "64, 2"})
    void perplexityIsThatOfTheLogits(int window, int limit) throws IOException {
        Path text = TinyRun.writeText(folder.resolve("text.txt"));
        int[] ids = tokenizer.encode(Files.readString(text), true);
        int windows = limit == 0 ? ids.length / window : limit;
        double nll = 0;
        for (int i = 0; i < windows; i++) {
            nll -= logProbability(Arrays.copyOfRange(ids, i * window, (i + 1) * window), 1);
        }
        Perplexity.Result result = new Perplexity(model, tokenizer).measure(text, window, limit, (done, total) -> {});
        assertThat(result.tokens()).isEqualTo((long) windows * (window - 1));
        assertThat(result.value()).isCloseTo(Math.exp(nll / result.tokens()), Offset.offset(1e-4 * result.value()));
        assertThat(result.blocks()).hasSize(Math.min(64, windows));
        assertThat(result.standardError()).isBetween(1e-4 * result.value(), result.value());
        if (windows <= 64) {
            assertThat(result.standardError())
                    .isCloseTo(Perplexity.standardError(result.blocks()), Offset.offset(1e-9 * result.value()));
            double mean = Arrays.stream(result.blocks()).average().orElseThrow();
            assertThat(mean).isCloseTo(nll / result.tokens(), Offset.offset(1e-4));
        }
    }

    /** exp(2.3) times the standard error 0.12909944 of the mean. */
    @Test
    void aPerplexityHasTheStandardErrorOfTheDeltaMethodOverItsWindows() {
        assertThat(Perplexity.standardError(new double[] {2.0, 2.2, 2.4, 2.6}))
                .isCloseTo(1.28766141, Offset.offset(1e-8));
        assertThat(Perplexity.standardError(new double[] {2.0, 2.0})).isZero();
        assertThat(Perplexity.standardError(new double[] {2.0})).isNaN();
    }

    @Test
    void everyAccuracyHasItsStandardErrorAndASingleQuestionHasNone() throws IOException {
        Path path = TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("model-errors"), 41);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            lines.add("{\"query\": \"the " + i + "\", \"choices\": [\"cat\", \"mat\"], \"gold\": " + i % 2 + "}");
        }
        Path file = Files.write(folder.resolve("five.jsonl"), lines);
        Evaluation.Plan plan = new Evaluation.Plan(List.of(), List.of(file), 0, 16, 0);
        JsonNode five =
                Evaluation.run(torch, path, plan, (done, total, what) -> {}).at("/choices/0");
        double p = five.path("acc").asDouble();
        assertThat(five.path("acc_stderr").asDouble()).isEqualTo(Math.sqrt(p * (1 - p) / 4));
        assertThat(five.path("acc_norm_stderr").isNumber()).isTrue();
        Evaluation.Plan one = new Evaluation.Plan(List.of(), List.of(file), 0, 16, 1);
        assertThat(Evaluation.run(torch, path, one, (done, total, what) -> {})
                        .at("/choices/0/acc_stderr")
                        .isNull())
                .isTrue();
    }

    @Test
    void aSmallerModelIsTimedInTurnWithTheOneItCameFromAndBothGoOnFromTheSameText() throws IOException {
        Path dense = TinyRun.writeModel(torch, TinyRun.model(Map.of()), folder.resolve("dense"), 41);
        Path small =
                TinyRun.writeModel(torch, TinyRun.model(Map.of("intermediate_size", 8)), folder.resolve("small"), 42);
        Path text = TinyRun.writeText(folder.resolve("samples.txt"));
        JsonNode before = measured(dense, text, Optional.empty());
        JsonNode after = measured(small, text, Optional.of(dense));
        assertThat(before.path("latency").has("beside")).isFalse();
        JsonNode beside = after.at("/latency/beside");
        assertThat(beside.path("model").asText()).isEqualTo(dense.toString());
        for (String name : List.of("decode_ratio", "prefill_ratio", "decode_tokens_per_second")) {
            assertThat(beside.path(name).asDouble())
                    .isBetween(
                            beside.path(name + "_range").get(0).asDouble(),
                            beside.path(name + "_range").get(1).asDouble());
        }
        assertThat(after.at("/latency/repeats").asInt()).isEqualTo(7);
        assertThat(before.path("samples")).hasSize(3);
        assertThat(before.path("samples").findValuesAsText("prompt"))
                .isEqualTo(after.path("samples").findValuesAsText("prompt"))
                .first()
                .asString()
                .startsWith("the cat 0 ran");
        assertThat(after.at("/samples/0/text").asText()).isNotEmpty();
    }

    private static JsonNode measured(Path model, Path text, Optional<Path> beside) {
        Evaluation.Plan plan = new Evaluation.Plan(List.of(text), List.of(), 7, beside, 16, 2, 3);
        return Evaluation.run(torch, model, plan, (done, total, what) -> {});
    }

    @Test
    void aTextShorterThanAWindowIsOneWindow() throws IOException {
        Path text = Files.writeString(folder.resolve("short.txt"), "the cat sat.");
        int[] ids = tokenizer.encode("the cat sat.", true);
        Perplexity.Result result = new Perplexity(model, tokenizer).measure(text, 64, 0, (done, total) -> {});
        assertThat(result.window()).isEqualTo(ids.length);
        assertThat(result.value()).isCloseTo(Math.exp(-logProbability(ids, 1) / (ids.length - 1)), Offset.offset(1e-2));
        Path empty = Files.writeString(folder.resolve("one.txt"), "a");
        assertThatThrownBy(() -> new Perplexity(model, tokenizer).measure(empty, 64, 0, (done, total) -> {}))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("nothing to predict");
    }

    /** Queries and choices of many lengths share batches; what stands beside a row must not matter to it. */
    @Test
    void accuraciesAreThoseOfTheLogits() throws IOException {
        List<String> lines = new ArrayList<>();
        int right = 0;
        int rightNormalised = 0;
        int items = 60;
        for (int i = 0; i < items; i++) {
            String query = "line " + i + " of the " + "very ".repeat(i % 5) + "long cat";
            List<String> choices = List.of("sat on the mat", "ran", "is number " + i * 31, "the " + i);
            int gold = i % 4;
            lines.add("{\"query\": \"" + query + "\", \"choices\": [\"" + String.join("\", \"", choices)
                    + "\"], \"gold\": " + gold + "}");
            double[] scores =
                    choices.stream().mapToDouble(choice -> score(query, choice)).toArray();
            double[] perByte = IntStream.range(0, 4)
                    .mapToDouble(c -> scores[c] / choices.get(c).length())
                    .toArray();
            right += best(scores) == gold ? 1 : 0;
            rightNormalised += best(perByte) == gold ? 1 : 0;
        }
        Path file = Files.write(folder.resolve("choices.jsonl"), lines);
        Choices.Result result = new Choices(model).measure(Questions.read(file, 0, tokenizer, 64), (done, total) -> {});
        assertThat(result.n()).isEqualTo(items);
        assertThat(result.acc()).isEqualTo((double) right / items);
        assertThat(result.accNorm()).isEqualTo((double) rightNormalised / items);
        assertThat(right).isNotEqualTo(rightNormalised);
        assertThat(Questions.read(file, 7, tokenizer, 64).items()).hasSize(7);
    }

    /** The accented letter is two bytes; lm-evaluation-harness divides by characters. */
    @Test
    void normalisedAccuracyIsGivenByBytesAndByCharacters() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            lines.add("{\"query\": \"line " + i + "\", \"choices\": [\"\u00e9ab\", \"the abcdefgh\"], \"gold\": 0}");
        }
        Path file = Files.write(folder.resolve("accents.jsonl"), lines);
        Questions questions = Questions.read(file, 0, tokenizer, 64);
        double[][] scores = new Choices(model).score(questions.branches(), (done, total) -> {});
        int byBytes = 0;
        int byCharacters = 0;
        for (int i = 0; i < 40; i++) {
            double other = scores[i][1] / "the abcdefgh".length();
            byBytes += scores[i][0] / 4 >= other ? 1 : 0;
            byCharacters += scores[i][0] / 3 >= other ? 1 : 0;
        }
        Choices.Result result = new Choices(model).measure(questions, (done, total) -> {});
        assertThat(result.accNorm()).isEqualTo(byBytes / 40.0);
        assertThat(result.accNormChars()).isEqualTo(byCharacters / 40.0);
        assertThat(byBytes).isNotEqualTo(byCharacters);
    }

    /** Each document by itself, the end of text between them, and none of the JSON around them. */
    @Test
    void perplexityOfJsonLinesIsThatOfTheirTextsAsTrainingReadsThem() throws IOException {
        Path file = folder.resolve("held-out.jsonl");
        Files.writeString(
                file, "\uFEFF{\"id\": 1, \"text\": \"the cat sat\"}\n\n{\"text\": \"\"}\n{\"text\": \"on the mat\"}\n");
        int[] first = tokenizer.encode("the cat sat", false);
        int[] second = tokenizer.encode("on the mat", false);
        int[] ids = IntStream.concat(
                        IntStream.concat(Arrays.stream(first), model.config().documentSeparator().stream()),
                        Arrays.stream(second))
                .toArray();
        assertThat(ids).hasSizeGreaterThan(first.length + second.length);
        Perplexity.Result result = new Perplexity(model, tokenizer).measure(file, 64, 0, (done, total) -> {});
        assertThat(result.window()).isEqualTo(ids.length);
        assertThat(result.documents()).hasValue(2);
        assertThat(result.value()).isCloseTo(Math.exp(-logProbability(ids, 1) / (ids.length - 1)), Offset.offset(1e-2));
    }

    @Test
    void jsonThatTrainingWouldNotReadIsNotMeasuredEither() throws IOException {
        Path lines = Files.writeString(folder.resolve("other.jsonl"), "{\"content\": \"the cat\"}\n");
        Path json = Files.writeString(folder.resolve("a.json"), "{\"text\": \"the cat\"}");
        assertThatThrownBy(() -> Evaluation.checkText(lines, Optional.of(tokenizer)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("other.jsonl, line 1 has no text field 'text'")
                .hasMessageContaining("rename it, or give a .txt file");
        assertThatThrownBy(() -> Evaluation.checkText(json, Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a.json is JSON");
    }

    /** Items of about 700 tokens, for which a model of 1024 positions has room and one of 640 has not. */
    @Test
    void questionsKeepTheirBeginningWhateverTheWindow() throws IOException {
        Path file = folder.resolve("long.jsonl");
        String query = "the cat ran to the mat. ".repeat(40);
        int tokens = tokenizer.encode(query, true).length;
        assertThat(tokens).isBetween(650, 1000);
        Files.writeString(
                file,
                "{\"query\": \"" + query + "the\", \"choices\": [\"cat\", \"mat\"], \"gold\": 0}\n"
                        + "{\"query\": \"the\", \"choices\": [\"cat\", \"mat\"], \"gold\": 1}\n");
        assertThat(choices(1024, file, 16)).isEqualTo(choices(1024, file, 1024));
        assertThat(choices(1024, file, 16).path("cut").asInt()).isZero();
        assertThat(choices(640, file, 0).path("cut").asInt()).isOne();
    }

    /** What a random model of so many positions does with these questions. */
    private static JsonNode choices(int positions, Path file, int window) {
        LlamaConfig config = TinyRun.model(Map.of("max_position_embeddings", positions));
        Path path = TinyRun.writeModel(torch, config, folder.resolve("model-" + positions), 41);
        Evaluation.Plan plan = new Evaluation.Plan(List.of(), List.of(file), 0, window, 0);
        return Evaluation.run(torch, path, plan, (done, total, what) -> {}).at("/choices/0");
    }

    private static double score(String query, String choice) {
        int[] head = tokenizer.encode(query, true);
        int[] tail = tokenizer.encode(" " + choice, false);
        int[] ids = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, ids, head.length, tail.length);
        return logProbability(ids, head.length);
    }

    private static int best(double[] scores) {
        return IntStream.range(0, scores.length)
                .reduce((a, b) -> scores[b] > scores[a] ? b : a)
                .orElseThrow();
    }

    /** Summed log-probability of the tokens from {@code from} on. */
    private static double logProbability(int[] ids, int from) {
        try (NDManager scope = torch.scope()) {
            float[] logits = model.logits(scope, torch.ints(scope, ids, 1, ids.length), Variant.INTACT)
                    .toFloatArray();
            int vocabulary = model.config().vocabularySize();
            double sum = 0;
            for (int i = from; i < ids.length; i++) {
                double total = 0;
                for (int v = 0; v < vocabulary; v++) {
                    total += Math.exp(logits[(i - 1) * vocabulary + v]);
                }
                sum += logits[(i - 1) * vocabulary + ids[i]] - Math.log(total);
            }
            return sum;
        }
    }
}
