package dev.espalier.worker.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.worker.chat.jinja.Rendered;
import dev.espalier.worker.chat.jinja.Template;
import dev.espalier.worker.chat.jinja.TemplateException;
import dev.espalier.worker.data.Document;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a model writes conversations: the template that transformers' apply_chat_template uses, chat_template.jinja or else
 * chat_template of tokenizer_config.json, with the tokens that are named there.
 */
public final class ChatTemplate {
    private static final String FILE = "chat_template.jinja";
    private static final String CONFIG = "tokenizer_config.json";
    private static final String KEY = "chat_template";
    private static final List<String> TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    /** Whatever a template makes of a conversation is not much longer; half of it may be intermediate. */
    private static final long LEAST_CHARACTERS = 1 << 20;

    private static final int MOST_RATIO = 64;

    private final Path file;
    private final Template template;
    private final Map<String, String> tokens;
    private final String hash;

    private ChatTemplate(Path file, Template template, Map<String, String> tokens, String hash) {
        this.file = file;
        this.template = template;
        this.tokens = tokens;
        this.hash = hash;
    }

    /**
     * The template of a model; empty if it has none.
     *
     * @param folder of a Hugging Face model
     * @throws UserError if there is one that cannot be used
     */
    public static Optional<ChatTemplate> in(Path folder) {
        Path own = folder.resolve(FILE);
        Path config = folder.resolve(CONFIG);
        ObjectNode keys = Files.isRegularFile(config) ? JsonFile.read(config) : null;
        Optional<String> source = Files.isRegularFile(own)
                ? Optional.of(new String(JsonFile.bytes(own), StandardCharsets.UTF_8))
                : keys == null ? Optional.empty() : template(keys.path(KEY));
        return source.map(text -> parsed(Files.isRegularFile(own) ? own : config, text, tokens(folder, keys)));
    }

    /** Older folders name them in a file of their own, which counts where the configuration lists no added tokens. */
    private static Map<String, String> tokens(Path folder, ObjectNode keys) {
        Map<String, String> tokens = named(keys);
        Path map = folder.resolve("special_tokens_map.json");
        if ((keys == null || !keys.has("added_tokens_decoder")) && Files.isRegularFile(map)) {
            named(JsonFile.read(map)).forEach(tokens::putIfAbsent);
        }
        return tokens;
    }

    /** One template, or a list of several by name, of which "default" is used. */
    private static Optional<String> template(JsonNode written) {
        if (written.isTextual()) {
            return Optional.of(written.textValue());
        }
        for (JsonNode one : written) {
            if (one.path("name").asText().equals("default")
                    && one.path("template").isTextual()) {
                return Optional.of(one.path("template").textValue());
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> named(ObjectNode keys) {
        Map<String, String> tokens = new TreeMap<>();
        for (String name : TOKENS) {
            JsonNode token = keys == null ? null : keys.get(name);
            JsonNode content = token != null && token.isObject() ? token.path("content") : token;
            if (content != null && content.isTextual()) {
                tokens.put(name, content.textValue());
            }
        }
        return tokens;
    }

    static ChatTemplate parsed(Path file, String source, Map<String, String> tokens) {
        try {
            String content = source + '\n' + tokens;
            return new ChatTemplate(
                    file, Template.parse(source), tokens, Sha256.of(content.getBytes(StandardCharsets.UTF_8)));
        } catch (TemplateException e) {
            throw new UserError("The chat template in " + file + " cannot be used: " + e.getMessage() + ".", e);
        }
    }

    /** Names what this makes of conversations. */
    public String hash() {
        return hash;
    }

    /**
     * A conversation as the model sees it.
     *
     * @param answersOnly whether only what the assistant says is to be learnt, the end of its turn included
     * @throws UserError if the template refuses the conversation, or it cannot be told what the answers are
     */
    public Document document(Conversation chat, boolean answersOnly) {
        Rendered whole = whole(chat);
        if (!answersOnly) {
            return Document.of(whole.text());
        }
        List<Document.Span> answers = whole.generated().isEmpty()
                ? Answers.between(this, chat, whole.text())
                : whole.generated().stream()
                        .map(span -> new Document.Span(span.from(), span.to()))
                        .toList();
        if (answers.stream().allMatch(span -> span.to() == span.from())) {
            throw new UserError(chat.where() + " has no answer of an assistant to learn from. Leave it out, or set"
                    + " loss = all.");
        }
        return new Document(whole.text(), Optional.of(answers));
    }

    /** Of the first turns of a conversation; empty where the template does not take these alone. */
    Optional<String> text(Conversation chat, List<Map<String, Object>> messages, boolean asksForAnswer) {
        try {
            return Optional.of(render(chat, messages, asksForAnswer).text());
        } catch (TemplateException e) {
            return Optional.empty();
        }
    }

    private Rendered whole(Conversation chat) {
        try {
            return render(chat, chat.messages(), false);
        } catch (TemplateException e) {
            throw new UserError(
                    chat.where() + ": the chat template in " + file + " does not take this conversation: "
                            + e.getMessage() + ".",
                    e);
        }
    }

    /** @throws TemplateException if the template does not take them */
    private Rendered render(Conversation chat, List<Map<String, Object>> messages, boolean asksForAnswer) {
        Map<String, Object> values = new HashMap<>(tokens);
        values.put("messages", new ArrayList<Object>(messages));
        values.put("tools", null);
        values.put("documents", null);
        values.put("add_generation_prompt", asksForAnswer);
        return template.render(values, LEAST_CHARACTERS + MOST_RATIO * chat.characters());
    }
}
