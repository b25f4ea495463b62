package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.chat.ChatTemplate;
import dev.espalier.worker.chat.Conversation;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.files.Row;
import dev.espalier.worker.data.files.Rows;
import dev.espalier.worker.data.files.TextFile;
import dev.espalier.worker.data.files.TextFormat;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The documents of one configured source, in the order of its files' paths: a .txt file is one document, a .jsonl file
 * has one in each line; both may be compressed ({@link TextFormat}). Documents are streamed; no more than one, and those left out at the end, are in memory.
 */
public final class TextSource {
    /** Characters that are hardly ever fewer than a token's. */
    private static final String TEXT_FIELD = "Name the right one with text-field.";

    private static final int LONG_TOKEN = 16;

    private final RunConfig.TextSource config;
    private final List<Path> files;
    private final Optional<ChatTemplate> template;

    private TextSource(RunConfig.TextSource config, List<Path> files, Optional<ChatTemplate> template) {
        this.config = config;
        this.files = files;
        this.template = template;
    }

    /**
     * @param tokenizer of the model whose template conversations are written with
     * @throws UserError as {@link #open(RunConfig.TextSource)}, or if there is no template and one is needed
     */
    public static TextSource open(RunConfig.TextSource config, Tokenizer tokenizer) {
        TextSource source = open(config);
        if (config.chats().isEmpty()) {
            return source;
        }
        Path model = tokenizer.file().toAbsolutePath().getParent();
        ChatTemplate template = ChatTemplate.in(model)
                .orElseThrow(() -> new UserError("The model in " + model + " has no chat template, neither"
                        + " chat_template.jinja nor chat_template in tokenizer_config.json, to write the conversations of "
                        + config.path() + " with. Copy one from the model's chat version."));
        return new TextSource(config, source.files, Optional.of(template));
    }

    /** What the texts depend on besides files and configuration. */
    Optional<ChatTemplate> template() {
        return template;
    }

    /** @throws UserError if no file matches, or the name of one tells of no format that is read */
    public static TextSource open(RunConfig.TextSource config) {
        List<Path> files = FilePattern.files(config.path());
        for (Path file : files) {
            if (TextFormat.of(file).isEmpty()) {
                throw new UserError(
                        file + " is no text that can be read: its name should end in " + TextFormat.ENDINGS + ".");
            }
        }
        for (Path file : files) {
            if (config.chats().isPresent() && !TextFormat.hasRows(file)) {
                throw new UserError(
                        file + " holds no conversations: with format = chat, files are .jsonl or .parquet.");
            }
        }
        return new TextSource(config, files, Optional.empty());
    }

    public RunConfig.TextSource config() {
        return config;
    }

    /** The files, in reading order. */
    public List<Path> files() {
        return files;
    }

    /**
     * Passes on every document of the source's part but the last {@code skipLast} of the whole source, which are counted over
     * all files.
     *
     * @throws UserError if a file is not UTF-8, a line is malformed or lacks the field, or no text is left over; the
     *     message names file and line
     */
    public void forEachDocument(Consumer<Document> consumer) {
        Deque<Document> held = new ArrayDeque<>();
        long[] passed = {0, 0};
        long[] seen = {0};
        for (Path file : files) {
            documents(file, document -> {
                held.addLast(document);
                if (held.size() > config.skipLast()) {
                    Document next = held.removeFirst();
                    seen[0]++;
                    if (config.part().holds(next.text())) {
                        passed[0]++;
                        passed[1] += next.text().length();
                        consumer.accept(next);
                    }
                }
            });
        }
        if (passed[0] == 0 && seen[0] > 0) {
            boolean all = !config.part().heldOut();
            throw new UserError((all ? "All " : "None of the ") + seen[0] + " documents of " + config.path()
                    + (all ? " are" : " is") + " held out by data.validation-share = "
                    + config.part().share() + ": give more documents, or another share.");
        }
        if (passed[0] == 0 && !held.isEmpty()) {
            throw new UserError(config.path() + " has only " + held.size() + " documents, and skip-last = "
                    + config.skipLast() + " leaves none of them.");
        }
        if (passed[1] == 0) {
            throw new UserError(config.path() + " contains no text.");
        }
    }

    /**
     * Reads the first documents of every file, to find early what {@link #forEachDocument} would stumble over late.
     *
     * @param documents of each file, at most
     * @throws UserError as {@link #forEachDocument}
     */
    public void probe(int documents) {
        long[] characters = {0};
        for (Path file : files) {
            int[] left = {documents};
            try {
                documents(file, document -> {
                    characters[0] += document.text().length();
                    if (--left[0] <= 0) {
                        throw new Enough();
                    }
                });
            } catch (Enough e) {
                continue;
            }
        }
        if (characters[0] == 0) {
            throw new UserError(config.path() + " contains no text.");
        }
    }

    /**
     * Counts the source's tokens, as many as {@link TokenCache} would hold, but not beyond {@code most}: of a large text
     * only the beginning is tokenised.
     *
     * @param separated whether a token stands between documents
     * @throws UserError as {@link #forEachDocument}
     */
    public long tokens(Tokenizer tokenizer, boolean separated, int most) {
        long[] tokens = {0};
        try {
            forEachDocument(document -> {
                String text = document.text();
                tokens[0] += separated && tokens[0] > 0 && !text.isEmpty() ? 1 : 0;
                tokens[0] += tokens(text, tokenizer, most - tokens[0]);
                if (tokens[0] >= most) {
                    throw new Enough();
                }
            });
        } catch (Enough e) {
            return most;
        }
        return tokens[0];
    }

    private static long tokens(String document, Tokenizer tokenizer, long most) {
        long end = Math.max(1, most) * LONG_TOKEN;
        int[] ids = tokenizer.encode(TextFile.beginning(document, end), false);
        while (ids.length < most && end < document.length()) {
            end *= 2;
            ids = tokenizer.encode(TextFile.beginning(document, end), false);
        }
        return ids.length;
    }

    /** Ends a reading that has seen as much as it wanted. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Enough() {
            super("enough", null, false, false);
        }
    }

    private void documents(Path file, Consumer<Document> consumer) {
        if (TextFormat.hasRows(file)) {
            String field = config.chats().map(RunConfig.Chats::field).orElse(config.textField());
            String remedy = config.chats().isPresent() ? "Name the right one with chat-field." : TEXT_FIELD;
            try (Rows rows = RowFile.open(file, field, remedy)) {
                Optional<Row> row = rows.next();
                for (; row.isPresent(); row = rows.next()) {
                    consumer.accept(document(row.get()));
                }
            }
        } else {
            consumer.accept(Document.of(TextFile.read(file)));
        }
    }

    private Document document(Row row) {
        if (config.chats().isEmpty()) {
            return Document.of(row.text(config.textField(), TEXT_FIELD));
        }
        Conversation chat = Conversation.of(row, config.chats().get().field());
        // Without a model, which has the template, a conversation is only looked at.
        return template.map(found -> found.document(chat, config.chats().get().answersOnly()))
                .orElseGet(() -> Document.of(chat.messages().toString()));
    }
}
