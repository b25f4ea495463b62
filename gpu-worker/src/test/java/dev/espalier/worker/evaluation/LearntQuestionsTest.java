package dev.espalier.worker.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.SentencePieceTokenizer;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.evaluation.LearntQuestions.Question;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearntQuestionsTest {
    @TempDir
    private Path folder;

    private Tokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        tokenizer = Tokenizer.open(SentencePieceTokenizer.write(folder));
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void aTenthIsKeptOutAndEachPassAsksTheOthersOnceInAnOrderOfItsOwn() throws IOException {
        LearntQuestions questions = read(20, 2);
        assertThat(questions.heldOut()).hasSize(2);
        assertThat(questions.learnt()).hasSize(18).doesNotContainAnyElementsOf(questions.heldOut());
        List<Question> first = pass(questions, 0);
        List<Question> second = pass(questions, 1);
        assertThat(first).containsExactlyInAnyOrderElementsOf(questions.learnt());
        assertThat(second)
                .containsExactlyInAnyOrderElementsOf(questions.learnt())
                .isNotEqualTo(first);
        assertThat(questions.batch(4, 4)).as("over the end of a pass").hasSize(4);
    }

    @Test
    void aQuestionKeepsItsQueryAndWhatIsScored() throws IOException {
        Question question = read(20, 2).learnt().get(0);
        int[] query = tokenizer.encode("the cat", true);
        assertThat(question.texts())
                .hasSize(2)
                .allSatisfy(text -> assertThat(text).startsWith(query).hasSizeGreaterThan(query.length));
        assertThat(question.query()).isEqualTo(query.length);
    }

    @Test
    void itTellsHowManyLoseTheirBeginning() throws IOException {
        LearntQuestions whole = read(20, 2);
        assertThat(whole.shortened()).isEmpty();
        assertThat(whole.longest()).isEqualTo(tokenizer.encode("the cat sat on the mat", true).length);
        LearntQuestions cut = read(20, 2, whole.longest() - 1);
        assertThat(cut.longest()).isEqualTo(whole.longest() - 1);
        assertThat(cut.shortened()).hasValueSatisfying(sentence -> assertThat(sentence)
                .contains("recover.choices: 20 of 20 questions lose"));
    }

    @Test
    void whatTeachesNothingIsRefused() {
        assertThatThrownBy(() -> read(7, 2))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("recover.choices: 7 questions are too few");
        assertThatThrownBy(() -> read(20, 1))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("the right choice is number 0 in all questions");
    }

    private static List<Question> pass(LearntQuestions questions, int pass) {
        List<Question> all = new ArrayList<>();
        for (int step = 0; step < 6; step++) {
            all.addAll(questions.batch(6 * pass + step, 3));
        }
        return all;
    }

    private LearntQuestions read(int count, int golds) throws IOException {
        return read(count, golds, 64);
    }

    private LearntQuestions read(int count, int golds, int maxTokens) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("{\"query\": \"the cat\", \"choices\": [\"sat on the mat\", \"cat\"], \"gold\": ")
                    .append(i % golds)
                    .append("}\n");
        }
        Path file = Files.writeString(folder.resolve("questions.jsonl"), lines);
        return LearntQuestions.read(List.of(file), tokenizer, maxTokens, 5);
    }
}
