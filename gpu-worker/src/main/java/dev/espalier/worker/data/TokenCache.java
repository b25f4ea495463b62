package dev.espalier.worker.data;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.DocumentPart;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.worker.checkpoint.Tokenizer;
import dev.espalier.worker.data.files.TextFormat;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongConsumer;

/**
 * The tokens of one source in a memory-mapped file, made once. The file's name is the hash of all that its content
 * depends on, so that changed texts, another tokenizer or another field get a file of their own. A damaged or
 * incomplete file is made again. Safe for use by several threads.
 */
public final class TokenCache {
    private static final Duration ABANDONED = Duration.ofHours(1);

    private final Path file;
    private final List<IntBuffer> segments;
    private final long tokens;
    private final long documents;

    TokenCache(Path file, List<IntBuffer> segments, long tokens, long documents) {
        this.file = file;
        this.segments = segments;
        this.tokens = tokens;
        this.documents = documents;
    }

    /**
     * Opens the source's cache, tokenising the source first if need be. Each document is tokenised whole and without
     * the tokenizer's own special tokens; the separator, if any, stands between documents, never at the ends. Empty
     * documents leave nothing.
     *
     * @param separator normally {@link dev.espalier.worker.checkpoint.LlamaConfig#documentSeparator()}
     * @param folder of caches, created if need be; its files may be deleted at any time between runs
     * @param progress is told how many documents are done, after each, while tokenising
     * @throws UserError if the source cannot be read or has no text, or the folder cannot be written
     */
    public static TokenCache open(
            TextSource source, Tokenizer tokenizer, OptionalInt separator, Path folder, LongConsumer progress) {
        String key = key(source, tokenizer, separator);
        Path file = folder.resolve(key + ".tokens");
        Optional<TokenCache> cached = read(file);
        if (cached.isPresent()) {
            return cached.get();
        }
        dropLeftovers(folder);
        try (TokenFileWriter writer = TokenFileWriter.create(file)) {
            source.forEachDocument(document -> {
                if (writer.tokens() > 0 && !document.text().isEmpty() && separator.isPresent()) {
                    writer.separate(
                            document.learnt().isEmpty()
                                    ? separator.getAsInt()
                                    : LearntTokens.onlyRead(separator.getAsInt()));
                }
                writer.addDocument(tokens(document, tokenizer));
                progress.accept(writer.documents());
            });
            // Else the tokens would be kept as those of the text that was there before.
            if (!key(source, tokenizer, separator).equals(key)) {
                throw new UserError(source.config().path()
                        + " changed while it was read: give the command again when what writes there has ended");
            }
            writer.finish();
        }
        return read(file)
                .orElseThrow(() -> new UserError("The token cache " + file
                        + " was damaged while it was written. Check the disk, or name another folder."));
    }

    private static int[] tokens(Document document, Tokenizer tokenizer) {
        if (document.learnt().isEmpty()) {
            return tokenizer.encode(document.text(), false);
        }
        Tokenizer.PartTokens tokens = tokenizer.encode(document.text(), document.learntCodePoints());
        int[] ids = tokens.ids();
        for (int i = 0; i < ids.length; i++) {
            ids[i] = tokens.covered()[i] ? ids[i] : LearntTokens.onlyRead(ids[i]);
        }
        return ids;
    }

    /** Tokens may be gigabytes; a file that was not added to for an hour belongs to nobody any more. */
    private static void dropLeftovers(Path folder) {
        try {
            Files.createDirectories(folder);
            AtomicFiles.dropLeftovers(folder, Instant.now().minus(ABANDONED));
        } catch (IOException e) {
            throw new UserError("Cannot write to the token cache " + folder + ": " + e.getMessage() + ".", e);
        }
    }

    private static String key(TextSource source, Tokenizer tokenizer, OptionalInt separator) {
        StringBuilder text =
                new StringBuilder("tokens ").append(TokenFile.VERSION).append('\n');
        text.append(tokenizer.hash()).append('\n').append(separator).append('\n');
        text.append(source.config().skipLast()).append('\n');
        text.append(source.config().textField()).append('\n');
        if (!source.config().part().equals(DocumentPart.ALL)) {
            text.append(source.config().part().word()).append('\n');
        }
        source.config().chats().ifPresent(chats -> text.append(chats).append('\n'));
        source.template().ifPresent(template -> text.append(template.hash()).append('\n'));
        for (Path path : source.files()) {
            text.append(TextFormat.of(path).orElseThrow().word())
                    .append(' ')
                    .append(hash(path))
                    .append('\n');
        }
        return Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String hash(Path text) {
        try {
            return Sha256.of(text);
        } catch (IOException e) {
            throw new UserError("Cannot read " + text + ": " + e.getMessage() + ".", e);
        }
    }

    /** Empty if the file is missing or damaged. */
    static Optional<TokenCache> read(Path file) {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return TokenFile.read(file, channel);
        } catch (IOException e) {
            throw new UserError("Cannot read the token cache " + file + ": " + e.getMessage() + ".", e);
        }
    }

    public Path file() {
        return file;
    }

    /** Number of tokens, separators included. */
    public long tokens() {
        return tokens;
    }

    /** Number of documents that had text. */
    public long documents() {
        return documents;
    }

    /**
     * Copies {@code into.length} tokens from this position on.
     *
     * @throws IndexOutOfBoundsException if the cache has fewer
     */
    public void read(long position, int[] into) {
        if (position < 0 || position + into.length > tokens) {
            throw new IndexOutOfBoundsException(
                    "tokens " + position + " to " + (position + into.length) + " of " + tokens);
        }
        int done = 0;
        while (done < into.length) {
            IntBuffer segment = segments.get((int) ((position + done) / TokenFile.SEGMENT));
            int from = (int) ((position + done) % TokenFile.SEGMENT);
            int n = Math.min(into.length - done, segment.limit() - from);
            segment.get(from, into, done, n);
            done += n;
        }
    }
}
