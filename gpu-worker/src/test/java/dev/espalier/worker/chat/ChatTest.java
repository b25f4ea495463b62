package dev.espalier.worker.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.DocumentPart;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.Document;
import dev.espalier.worker.data.LearntTokens;
import dev.espalier.worker.data.PackedSequences;
import dev.espalier.worker.data.TextSource;
import dev.espalier.worker.data.Window;
import dev.espalier.worker.data.files.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChatTest {
    private static final Path TEMPLATES = Path.of("src/test/resources/chat");
    private static final String TWO_TURNS =
            "[{\"role\":\"user\",\"content\":\"Why?\"},{\"role\":\"assistant\",\"content\":\"So.\"},"
                    + "{\"role\":\"user\",\"content\":\"And?\"},{\"role\":\"assistant\",\"content\":\"No.\"}]";
    private static final String PLAIN = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
            + "{% if add_generation_prompt %}assistant: {% endif %}";

    @TempDir
    Path folder;

    @Test
    void whatTheAssistantSaysIsLearntWithTheEndOfItsTurn() throws IOException {
        assertThat(answers("smollm2", TWO_TURNS)).containsExactly("So.<|im_end|>\n", "No.<|im_end|>\n");
        assertThat(answers("qwen3_training", TWO_TURNS))
                .containsExactly("<think>\n\n</think>\n\nSo.<|im_end|>\n", "<think>\n\n</think>\n\nNo.<|im_end|>\n");
        assertThat(template("smollm2").document(chat(TWO_TURNS), false).learnt())
                .isEmpty();
    }

    @Test
    void shareGptsConversationsAreTheSame() throws IOException {
        String shared = "[{\"from\":\"human\",\"value\":\"Why?\"},{\"from\":\"gpt\",\"value\":\"So.\"},"
                + "{\"from\":\"human\",\"value\":\"And?\"},{\"from\":\"gpt\",\"value\":\"No.\"}]";
        assertThat(template("smollm2").document(chat(shared), true))
                .isEqualTo(template("smollm2").document(chat(TWO_TURNS), true));
    }

    @Test
    void aTemplateOfItsOwnFileComesFirst() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"chat_template\":\"{{ eos_token }}config\",\"eos_token\":{\"content\":\"<e>\"}}");
        assertThat(ChatTemplate.in(folder)
                        .orElseThrow()
                        .document(chat(TWO_TURNS), false)
                        .text())
                .isEqualTo("<e>config");
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ eos_token }}file");
        assertThat(ChatTemplate.in(folder)
                        .orElseThrow()
                        .document(chat(TWO_TURNS), false)
                        .text())
                .isEqualTo("<e>file");
        Files.delete(folder.resolve("chat_template.jinja"));
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"chat_template\":[{\"name\":\"rag\",\"template\":\"r\"},{\"name\":\"default\",\"template\":\"d\"}]}");
        assertThat(ChatTemplate.in(folder)
                        .orElseThrow()
                        .document(chat(TWO_TURNS), false)
                        .text())
                .isEqualTo("d");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
        assertThat(ChatTemplate.in(folder)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | has no list of messages 'messages'. Name the right field with chat-field",
                "{\"mesages\":[]} | has no list of messages 'messages' (nearest: mesages)",
                "{\"messages\":[]} | has no list of messages 'messages' (it is empty)",
                "{\"messages\":\"hi\"} | has no list of messages 'messages' (it is a string)",
                "{\"messages\":[\"hi\"]} | message 1 is no object",
                "{\"messages\":[{\"content\":\"x\"}]} | message 1 does not say who speaks",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"assistant\"}]} | message 2 has no text under content",
                "{\"messages\":[{\"role\":\"user\",\"content\":null}]} | message 1 has no text under content",
                "{\"messages\":[{\"from\":\"bing\",\"value\":\"x\"}]} | message 1 is from 'bing'; known are human, gpt and system",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | has no answer of an assistant to learn from",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"y\"}]} | does not take this conversation: line 1: Conversation roles must alternate",
            })
    void saysWhichConversationIsWrong(String line, String reason) throws IOException {
        Row row = new Row(new ObjectMapper().readTree(line), "a.jsonl, line 7");
        assertThatThrownBy(() -> template("gemma").document(Conversation.of(row, "messages"), true))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("a.jsonl, line 7")
                .hasMessageContaining(reason);
    }

    @Test
    void aTemplateThatWritesEarlierTurnsOtherwiseDoesNotTellAnswers() {
        String thought = TWO_TURNS.replace("So.", "<think>\\nx\\n</think>\\n\\nSo.");
        assertThatThrownBy(() -> template("qwen3").document(chat(thought), true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("{% generation %}")
                .hasMessageContaining("loss = all");
    }

    @Test
    void norDoesOneThatLooksAtTheFirstTurnOfAConversationThatBeginsWithAnAnswer() throws IOException {
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{% if messages[0]['role'] == 'system' %}s{% endif %}{% for m in messages %}{{ m.content }}{% endfor %}");
        Conversation chat = chat("[{\"role\": \"assistant\", \"content\": \"Hello\"}]");
        ChatTemplate template = ChatTemplate.in(folder).orElseThrow();
        assertThat(template.document(chat, false).text()).isEqualTo("Hello");
        assertThatThrownBy(() -> template.document(chat, true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("the turns before message 1 otherwise than alone")
                .hasMessageContaining("leave the conversation out");
    }

    @Test
    void aTemplateThatIsNoneIsToldWithItsFile() throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), "a\n{% for %}");
        assertThatThrownBy(() -> ChatTemplate.in(folder))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("chat_template.jinja cannot be used: line 2: ");
    }

    /** A token that begins with the blank before an answer belongs to it. */
    @Test
    void tokensOfAnswersAreLearntAndTheOthersRead() throws IOException {
        try (Tokenizer tokenizer = model(PLAIN)) {
            Files.writeString(
                    folder.resolve("a.jsonl"),
                    "{\"messages\":[{\"role\":\"user\",\"content\":\"the \uD83D\uDE00 cat\"},{\"role\":\"assistant\",\"content\":\"sat\"}]}\n"
                            + "{\"messages\":[{\"role\":\"assistant\",\"content\":\"on the \uD83D\uDE00 mat\"}]}\n");
            PackedSequences sequences = open(tokenizer, true);
            int[] row = sequences.batch(0, 1)[0];
            int[] learnt = Arrays.stream(row).filter(LearntTokens::isLearnt).toArray();
            assertThat(tokenizer.decode(learnt)).isEqualTo(" sat\n on the \uD83D\uDE00 mat\n");
            String all =
                    tokenizer.decode(Arrays.stream(row).map(LearntTokens::id).toArray());
            assertThat(all)
                    .contains("user: the \uD83D\uDE00 cat\nassistant: sat\n")
                    .endsWith("assistant: on the \uD83D\uDE00 mat\n");
            assertThat(Arrays.stream(open(tokenizer, false).batch(0, 1)[0]))
                    .containsExactly(
                            Arrays.stream(row).mapToObj(LearntTokens::id).toArray(Integer[]::new));
        }
    }

    @Test
    void spacesOfAnswersAreLearntWhateverTheTokenizersPostProcessorTellsOfThem() throws IOException {
        model(PLAIN).close();
        Path file = folder.resolve("tokenizer.json");
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(file.toFile());
        json.putObject("post_processor").put("type", "ByteLevel").put("add_prefix_space", false);
        ((ObjectNode) json.get("post_processor")).put("trim_offsets", true).put("use_regex", true);
        Files.writeString(file, json.toString());
        Files.writeString(
                folder.resolve("a.jsonl"),
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},"
                        + "{\"role\":\"assistant\",\"content\":\"b:\\n    c\"}]}\n");
        try (Tokenizer tokenizer = Tokenizer.open(file)) {
            int[] learnt = Arrays.stream(open(tokenizer, true).batch(0, 1)[0])
                    .filter(LearntTokens::isLearnt)
                    .toArray();
            assertThat(tokenizer.decode(learnt)).isEqualTo("b:\n    c\n");
        }
    }

    @Test
    void tokensOfAnOlderFoldersOwnFileAreKnownToTheTemplate() throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), "{{ eos_token }}");
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"eos_token\":\"</s>\"}");
        assertThat(ChatTemplate.in(folder)
                        .orElseThrow()
                        .document(chat(TWO_TURNS), false)
                        .text())
                .isEqualTo("</s>");
    }

    @Test
    void aModelWithoutTemplateCannotWriteChats() throws IOException {
        try (Tokenizer tokenizer = model(PLAIN)) {
            Files.delete(folder.resolve("chat_template.jinja"));
            Files.writeString(folder.resolve("a.jsonl"), "{}");
            assertThatThrownBy(() -> open(tokenizer, true))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("has no chat template");
            Files.writeString(folder.resolve("a.txt"), "text");
            assertThatThrownBy(() -> TextSource.open(config("a.txt", true)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("holds no conversations");
        }
    }

    private Tokenizer model(String template) throws IOException {
        Files.copy(Path.of("src/test/resources/tokenizer/tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("chat_template.jinja"), template);
        return Tokenizer.open(folder.resolve("tokenizer.json"));
    }

    /** All tokens in one row. */
    private PackedSequences open(Tokenizer tokenizer, boolean answersOnly) {
        List<RunConfig.TextSource> sources = List.of(config("a.jsonl", answersOnly));
        long[] tokens = {0};
        TextSource.open(sources.get(0), tokenizer)
                .forEachDocument(document ->
                        tokens[0] += (tokens[0] > 0 ? 1 : 0) + tokenizer.encode(document.text(), false).length);
        return PackedSequences.open(
                sources,
                tokenizer,
                OptionalInt.of(0),
                folder.resolve("cache"),
                new Window((int) tokens[0], ""),
                1,
                documents -> {});
    }

    private RunConfig.TextSource config(String file, boolean answersOnly) {
        return new RunConfig.TextSource(
                folder.resolve(file).toString(),
                "text",
                "web",
                1,
                0,
                DocumentPart.ALL,
                Optional.of(new RunConfig.Chats("messages", answersOnly)));
    }

    private static List<String> answers(String template, String messages) throws IOException {
        Document document = template(template).document(chat(messages), true);
        List<String> answers = new ArrayList<>();
        document.learnt()
                .orElseThrow()
                .forEach(span -> answers.add(document.text().substring(span.from(), span.to())));
        return answers;
    }

    private static ChatTemplate template(String name) throws IOException {
        Path file = TEMPLATES.resolve(name + ".jinja");
        return ChatTemplate.parsed(file, Files.readString(file), Map.of("bos_token", "<s>"));
    }

    private static Conversation chat(String messages) throws IOException {
        ObjectNode value = new ObjectMapper().createObjectNode();
        value.set("messages", new ObjectMapper().readTree(messages));
        return Conversation.of(new Row(value, "a.jsonl, line 1"), "messages");
    }
}
