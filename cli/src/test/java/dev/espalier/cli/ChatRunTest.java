package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations in a compressed file, of which some are held out. */
class ChatRunTest {
    private static final String TEMPLATE = "{% for m in messages %}{% if m.role not in ['user', 'assistant'] %}"
            + "{{ raise_exception('no ' + m.role) }}{% endif %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
            + "{% if add_generation_prompt %}assistant: {% endif %}";

    @TempDir
    Path folder;

    private TinyRun run;
    private List<String> options;

    @BeforeEach
    void prepare() throws IOException {
        run = TinyRun.in(folder);
        write("chats.jsonl.gz", "user");
        options = List.of(
                "data.train=[{path=\"" + folder.resolve("chats.jsonl.gz") + "\",format=chat}]",
                "data.validation-share=0.2",
                "stages=[calibrate,prune,recover]");
    }

    @Test
    void aModelIsPrunedOnAnswersAndMeasuredOnThoseHeldOut() throws IOException {
        Files.writeString(folder.resolve("model/chat_template.jinja"), TEMPLATE);
        Cli result = run.prune(options.toArray(String[]::new));
        assertThat(result.code()).as(result.err()).isZero();
        boolean measured = false;
        boolean learnt = false;
        for (String line : Files.readAllLines(run.out().resolve("metrics.jsonl"))) {
            JsonNode step = new ObjectMapper().readTree(line);
            if (step.has("loss")) {
                assertThat(step.path("loss").asDouble()).as(line).isNotNegative();
            } else {
                assertThat(step.path("gradient-norm").asDouble())
                        .as("no answer in its sequences: " + line)
                        .isZero();
            }
            learnt |= step.path("loss").asDouble() > 0;
            measured |= step.path("loss.validation").asDouble() > 0;
        }
        assertThat(measured).isTrue();
        assertThat(learnt).isTrue();
    }

    @Test
    void whatCannotBeWrittenIsToldBeforeAnythingBegins() throws IOException {
        assertThat(run.prune(options.toArray(String[]::new)).err()).contains("has no chat template");
        Files.writeString(folder.resolve("model/chat_template.jinja"), TEMPLATE);
        Cli told =
                Cli.run("validate", run.config(), "--out", run.out(), "--set", options.get(0), "--set", options.get(1));
        assertThat(told.code()).as(told.err()).isZero();
        assertThat(told.out())
                .contains(
                        "conversations in messages, answers are learnt", "(0.2 of the documents): 1 file of jsonl.gz");
        write("chats.jsonl.gz", "tool");
        Cli refused = run.prune(options.toArray(String[]::new));
        assertThat(refused.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(refused.err()).contains("chats.jsonl.gz, line 1: the chat template in", "no tool");
    }

    private void write(String name, String role) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            lines.append(String.format(
                    "{\"messages\":[{\"role\":\"%s\",\"content\":\"where is cat %d?\"},"
                            + "{\"role\":\"assistant\",\"content\":\"the cat sat on mat %d\"}]}%n",
                    role, i, i * 37 % 61));
        }
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve(name)))) {
            out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
        }
    }
}
