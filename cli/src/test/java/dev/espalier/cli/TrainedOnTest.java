package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is measured on files that are learnt from. */
class TrainedOnTest {
    @TempDir
    Path folder;

    private TinyRun run;

    @BeforeEach
    void aRunThatMeasuresOnItsOwnText() throws IOException {
        run = TinyRun.in(folder);
    }

    @Test
    void validateSaysThatPerplexityIsOfATextThatIsLearnt() {
        Cli validated = validate();
        assertThat(validated.code()).as(validated.err()).isZero();
        assertThat(validated.out())
                .contains("note     evaluate.perplexity: ", "text.txt is also read by data.train")
                .doesNotContain("evaluate.choices: ");
    }

    @Test
    void aLinkHidesNothing() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("other.txt"), folder.resolve("text.txt"));
        assertThat(validate("evaluate.perplexity=[\"" + link + "\"]").out()).contains("is also read by data.train");
    }

    @Test
    void soDoesItOfQuestionsThatAreLearnt() throws IOException {
        String line = "{\"query\": \"say\", \"choices\": [\"a\", \"b\"], \"gold\": ";
        Path questions =
                Files.writeString(folder.resolve("questions.jsonl"), (line + "0}\n" + line + "1}\n").repeat(10));
        assertThat(validate(
                                "recover.objective=choices",
                                "recover.choices=[\"" + questions + "\"]",
                                "evaluate.choices=[\"" + questions + "\"]")
                        .out())
                .contains("questions.jsonl is also read by recover.choices");
    }

    @Test
    void soDoesItOfATextThatTheLossIsMeasuredOn() {
        assertThat(validate("data.validation=[{path=\"" + folder.resolve("text.txt") + "\"}]")
                        .out())
                .contains("data.validation: ", "text.txt is also read by data.train");
    }

    @Test
    void anotherFileIsNoReasonToSayAnything() throws IOException {
        Path other = Files.copy(folder.resolve("text.txt"), folder.resolve("copy.txt"));
        assertThat(validate("evaluate.perplexity=[\"" + other + "\"]").out()).doesNotContain("note");
        assertThat(validate("stages=[prune,export]", "prune.method=magnitude").out())
                .doesNotContain("note");
    }

    private Cli validate(String... set) {
        Object[] arguments = new Object[2 + 2 * set.length];
        arguments[0] = "validate";
        arguments[1] = run.config();
        for (int i = 0; i < set.length; i++) {
            arguments[2 + 2 * i] = "--set";
            arguments[3 + 2 * i] = set[i];
        }
        return Cli.run(arguments);
    }
}
