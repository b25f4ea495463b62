package dev.espalier.worker.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.SentencePieceTokenizer;
import dev.espalier.worker.TinyRun;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With a tokenizer that writes a space before every text, and joins a z with the space after it unless an a follows. */
class QuestionsTest {
    private static final List<String> CHOICES = List.of("sat on the mat", "cat", "a mat", "tohe");

    @TempDir
    private static Path folder;

    private static Torch torch;
    private static Decoder model;
    private static Tokenizer tokenizer;

    @BeforeAll
    static void open() throws IOException {
        torch = Torch.open("cpu");
        model = TinyModel.random(torch, TinyRun.model(Map.of()), false, 43);
        tokenizer = Tokenizer.open(SentencePieceTokenizer.write(folder));
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        model.close();
        torch.close();
    }

    @Test
    void aChoiceHasNoSpaceMoreThanInTheText() throws IOException {
        Branches branches = read("the cat", 64).branches().get(0);
        assertThat(branches.stem()).isEqualTo(tokenizer.encode("the cat", true));
        assertThat(branches.given()).isZero();
        assertThat(branches.choices().get(1)).isEqualTo(last(tokenizer.encode("the cat", false), 1));
    }

    @Test
    void aSpaceAtTheEndOfAQueryIsScoredWithItsChoices() throws IOException {
        Branches branches = read("the cat ", 64).branches().get(0);
        assertThat(branches.stem()).isEqualTo(tokenizer.encode("the cat", true));
        assertThat(branches.given()).isZero();
        assertThat(branches.choices().get(1)).isEqualTo(tokenizer.encode(" cat", false));
    }

    @Test
    void aQueryThatSomeChoicesJoinIsSharedUpToThere() throws IOException {
        Branches branches = read("the buzz", 64).branches().get(0);
        int[] query = tokenizer.encode("the buzz", true);
        assertThat(branches.stem()).isEqualTo(Arrays.copyOf(query, query.length - 1));
        assertThat(branches.given()).isOne();
        assertThat(branches.scored())
                .isEqualTo(CHOICES.stream()
                        .mapToInt(choice -> tokenizer.encode("the buzz " + choice, true).length - query.length)
                        .sum());
    }

    @ParameterizedTest
    @ValueSource(strings = {"the cat", "on the mat", "a", "buzz", "the cat on the buzz"})
    void scoresAreThoseOfTheLastTokensOfTheWholeText(String query) throws IOException {
        double[] expected = CHOICES.stream()
                .mapToDouble(choice -> logProbability(
                        tokenizer.encode(query + " " + choice, true), tokenizer.encode(query, true).length))
                .toArray();
        double[][] scores = new Choices(model).score(read(query, 64).branches(), (done, total) -> {});
        assertThat(scores[0]).containsExactly(expected, Offset.offset(1e-4));
    }

    /** Attention holds a number for each two tokens of a sequence: one of all of these would be four of them long. */
    @Test
    void aQuestionOfManyChoicesGoesThroughTheModelInPartsAndScoresTheSame() throws IOException {
        List<String> many = IntStream.range(0, 3000)
                .mapToObj(i -> CHOICES.get(i % CHOICES.size()))
                .toList();
        Branches all = read("the cat", many, 64).branches().get(0);
        assertThat(all.tokens()).isGreaterThan(2048);
        assertThat(all.parts(1024)).hasSizeGreaterThan(2).allMatch(part -> part.tokens() <= 1024);
        assertThat(all.parts(1)).as("a choice is never cut").hasSize(3000);
        double[] few = new Choices(model).score(read("the cat", 64).branches(), (done, total) -> {})[0];
        double[] scores = new Choices(model).score(List.of(all), (done, total) -> {})[0];
        assertThat(scores).hasSize(3000);
        for (int i = 0; i < scores.length; i++) {
            assertThat(scores[i]).isCloseTo(few[i % few.length], Offset.offset(1e-4));
        }
    }

    /** All that is left of it is the token that some choices join, so nothing is shared. */
    @Test
    void aQueryOfWhichLittleIsLeftIsStillFollowedByItsChoices() throws IOException {
        int query = tokenizer.encode("the buzz", true).length;
        int[] text = tokenizer.encode("the buzz sat on the mat", true);
        int room = text.length - query + 1;
        Questions questions = read("the buzz", room);
        Branches branches = questions.branches().get(0);
        assertThat(questions.cut()).isOne();
        assertThat(questions.longest()).isEqualTo(room);
        assertThat(branches.stem()).isEmpty();
        double[][] scores = new Choices(model).score(List.of(branches), (done, total) -> {});
        assertThat(scores[0][0]).isCloseTo(logProbability(last(text, room), 1), Offset.offset(1e-4));
        assertThatThrownBy(() -> read("the buzz", room - 1))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("questions.jsonl, item 1");
    }

    /** The last token of "the buzz " is the z with the space that the empty choice leaves. */
    @Test
    void aChoiceThatTheTokenizerJoinsWithTheQueryIsScoredFromThereOn() throws IOException {
        List<String> choices = List.of("", "cat");
        int[] query = tokenizer.encode("the buzz", true);
        int[] empty = tokenizer.encode("the buzz ", true);
        assertThat(empty).hasSameSizeAs(query);
        assertThat(last(empty, 1)).isNotEqualTo(last(query, 1));
        Questions questions = read("the buzz", choices, 64);
        assertThat(questions.joined()).isOne();
        double[][] scores = new Choices(model).score(questions.branches(), (done, total) -> {});
        double[] expected = choices.stream()
                .mapToDouble(choice -> logProbability(tokenizer.encode("the buzz " + choice, true), query.length - 1))
                .toArray();
        assertThat(scores[0]).containsExactly(expected, Offset.offset(1e-4));
        assertThat(read("the cat", 64).joined()).isZero();
    }

    @Test
    void anEndOfTextThatATokenizerPutsBehindEveryTextIsNotScored() throws IOException {
        Path ending = Files.createDirectories(folder.resolve("ending"));
        try (Tokenizer other = Tokenizer.open(SentencePieceTokenizer.writeEnding(ending))) {
            assertThat(other.encode("the cat", true)).endsWith(2).hasSize(tokenizer.encode("the cat", true).length + 1);
            for (String query : List.of("the cat", "the buzz", "a ")) {
                Questions plain = read(query, 64);
                Questions same = Questions.read(folder.resolve("questions.jsonl"), 0, other, 64);
                assertThat(same.branches()).usingRecursiveComparison().isEqualTo(plain.branches());
                assertThat(same.joined()).isEqualTo(plain.joined());
            }
        }
    }

    private static Questions read(String query, int maxTokens) throws IOException {
        return read(query, CHOICES, maxTokens);
    }

    private static Questions read(String query, List<String> choices, int maxTokens) throws IOException {
        String item = new ObjectMapper().writeValueAsString(Map.of("query", query, "choices", choices, "gold", 0));
        return Questions.read(Files.writeString(folder.resolve("questions.jsonl"), item), 0, tokenizer, maxTokens);
    }

    private static int[] last(int[] ids, int count) {
        return Arrays.copyOfRange(ids, ids.length - count, ids.length);
    }

    /** Summed log-probability of the tokens from {@code from} on, in a sequence of its own. */
    private static double logProbability(int[] ids, int from) {
        try (NDManager scope = torch.scope()) {
            int[] next = IntStream.range(0, ids.length)
                    .map(i -> i + 1 >= from && i + 1 < ids.length ? ids[i + 1] : -100)
                    .toArray();
            NDArray labels = torch.ints(scope, next, next.length);
            double sum = 0;
            for (float nll : model.tokenNll(scope, torch.ints(scope, ids, 1, ids.length), labels, Variant.INTACT)
                    .toFloatArray()) {
                sum -= nll;
            }
            return sum;
        }
    }
}
