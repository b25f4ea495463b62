package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first layer of a model alone, and questions that it learns to answer. */
class ChoicesRecoveryTest {
    @TempDir
    Path folder;

    @Test
    void aModelOfItsFirstLayersLearnsToAnswerQuestions() throws IOException {
        TinyRun run = TinyRun.in(folder);
        Cli done = run.prune(
                "stages=[prune,recover,export]",
                "prune.method=layers",
                "prune.layers={select=prefix,count=2,repair=none}",
                "recover={objective=choices,steps=40,batch-size=4,learning-rate=0.01}",
                "recover.choices=[\"" + questions(40) + "\"]");

        assertThat(done.code()).as(done.err()).isZero();
        List<JsonNode> steps = new ArrayList<>();
        for (String line : Files.readAllLines(run.out().resolve("metrics.jsonl"))) {
            steps.add(new ObjectMapper().readTree(line));
        }
        JsonNode last = steps.get(steps.size() - 1);
        assertThat(steps).hasSize(40);
        assertThat(last.path("loss.choices-held-out").asDouble()).isLessThan(0.3);
        assertThat(last.path("choices.right-held-out").asDouble()).isEqualTo(1);
        assertThat(run.out().resolve("report.html"))
                .content()
                .contains("The first layers alone", "<th scope=\"row\">3</th>");
    }

    /** Than data.sequence-length and 512 tokens, which is what a run's other texts need. */
    @Test
    void questionsLongerThanTextsAreLearntWhereTheModelTakesThem() throws IOException {
        TinyRun run = TinyRun.in(folder);
        Path json = folder.resolve("model/config.json");
        ObjectNode config = (ObjectNode) new ObjectMapper().readTree(json.toFile());
        Files.writeString(json, config.put("max_position_embeddings", 1024).toString());
        String line = "{\"query\": \"say\", \"choices\": [\"" + "a".repeat(600) + "\", \"b\"], \"gold\": ";
        Path questions = Files.writeString(folder.resolve("long.jsonl"), (line + "0}\n" + line + "1}\n").repeat(10));
        Cli done = run.prune(
                "stages=[prune,recover,export]",
                "prune.method=magnitude",
                "recover={objective=choices,steps=2,batch-size=2}",
                "recover.choices=[\"" + questions + "\"]");
        assertThat(done.code()).as(done.err()).isZero();
        assertThat(done.err()).doesNotContain("lose their beginning");
    }

    @Test
    void questionsThatTeachNothingAreRefusedBeforeAnythingIsComputed() throws IOException {
        TinyRun run = TinyRun.in(folder);
        Cli few = run.prune("recover.objective=choices", "recover.choices=[\"" + questions(7) + "\"]");
        assertThat(few.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(few.err()).contains("recover.choices: 7 questions are too few");
        Cli none = run.prune("recover.objective=choices");
        assertThat(none.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(none.err()).contains("must name a file of questions");
        Cli idle = run.prune("recover.choices=[\"" + questions(40) + "\"]");
        assertThat(idle.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(idle.err()).contains("is read with recover.objective = choices only");
        assertThat(run.out()).doesNotExist();
    }

    /** The right answer is a, in the first place or in the second. */
    private Path questions(int count) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append("{\"query\": \"say\", \"choices\": ")
                    .append(i % 2 == 0 ? "[\"a\", \"b\"]" : "[\"b\", \"a\", \"c\"]")
                    .append(", \"gold\": ")
                    .append(i % 2)
                    .append("}\n");
        }
        return Files.writeString(folder.resolve("questions-" + count + ".jsonl"), lines);
    }
}
