package dev.espalier.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenCacheTest {
    private static final OptionalInt SEPARATOR = OptionalInt.of(0);
    private static Tokenizer tokenizer;

    @TempDir
    Path folder;

    private final List<Long> progress = new ArrayList<>();

    @BeforeAll
    static void openTokenizer() {
        tokenizer = Tokenizer.open(Path.of("src/test/resources/tokenizer/tokenizer.json"));
    }

    @AfterAll
    static void closeTokenizer() {
        tokenizer.close();
    }

    @BeforeEach
    void writeText() throws IOException {
        Files.writeString(
                folder.resolve("a.jsonl"), "{\"text\":\"The cat\"}\n{\"text\":\"\"}\n{\"text\":\"the mat.\"}\n");
    }

    @Test
    void aTextThatChangesWhileItIsReadIsNotKeptAsTheOneBefore() throws IOException {
        Path text = folder.resolve("a.jsonl");
        String before = Files.readString(text);
        assertThatThrownBy(() -> open(SEPARATOR, 0, documents -> write(text, before + "{\"text\":\"more\"}\n")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a.jsonl changed while it was read");
        Files.writeString(text, before);
        assertThat(open(SEPARATOR, 0).documents()).as("read anew").isEqualTo(2);
    }

    @Test
    void joinsDocumentsWithTheSeparatorInBetween() {
        TokenCache cache = open(SEPARATOR, 0);
        int[] expected = IntStream.concat(
                        IntStream.concat(IntStream.of(tokenizer.encode("The cat", false)), IntStream.of(0)),
                        IntStream.of(tokenizer.encode("the mat.", false)))
                .toArray();
        assertThat(all(cache)).containsExactly(expected);
        assertThat(cache.documents()).isEqualTo(2);
        assertThat(progress).containsExactly(1L, 1L, 2L);
        assertThat(all(open(OptionalInt.empty(), 0)))
                .hasSize(expected.length - 1)
                .doesNotContain(0);
    }

    @Test
    void tokenisesOnlyOnce() {
        int[] first = all(open(SEPARATOR, 0));
        progress.clear();
        assertThat(all(open(SEPARATOR, 0))).containsExactly(first);
        assertThat(progress).isEmpty();
    }

    @Test
    void whateverChangesTheTokensMakesAnotherCache() throws IOException {
        Path first = open(SEPARATOR, 0).file();
        assertThat(open(SEPARATOR, 1).file()).isNotEqualTo(first);
        assertThat(open(OptionalInt.of(1), 0).file()).isNotEqualTo(first);
        Files.writeString(folder.resolve("a.jsonl"), "{\"text\":\"The mat\"}\n");
        assertThat(open(SEPARATOR, 0).file()).isNotEqualTo(first);
    }

    @Test
    void aDamagedOrTruncatedCacheIsMadeAgain() throws IOException {
        TokenCache cache = open(SEPARATOR, 0);
        int[] expected = all(cache);
        byte[] good = Files.readAllBytes(cache.file());
        for (int at = 0; at < good.length; at++) {
            try (RandomAccessFile file = new RandomAccessFile(cache.file().toFile(), "rw")) {
                if (at % 2 == 0) {
                    file.setLength(at);
                } else {
                    file.seek(at);
                    file.write(good[at] ^ 1);
                }
            }
            TokenCache again = open(SEPARATOR, 0);
            // the count of documents is for display only and not covered by the checksum
            assertThat(all(again)).containsExactly(expected);
        }
    }

    @Test
    void aTextThatCannotBeReadLeavesNoCache() throws IOException {
        Files.writeString(folder.resolve("a.jsonl"), "{\"text\":\"The cat\"}\n{\"txt\":\"\"}\n");
        assertThatThrownBy(() -> open(SEPARATOR, 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 2");
        try (var files = Files.list(folder.resolve("cache"))) {
            assertThat(files).isEmpty();
        }
    }

    private TokenCache open(OptionalInt separator, int skipLast) {
        return open(separator, skipLast, progress::add);
    }

    private TokenCache open(OptionalInt separator, int skipLast, LongConsumer heard) {
        TextSource source = TextSource.open(new RunConfig.TextSource(folder + "/a.jsonl", "text", "web", 1, skipLast));
        return TokenCache.open(source, tokenizer, separator, folder.resolve("cache"), heard);
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int[] all(TokenCache cache) {
        int[] tokens = new int[(int) cache.tokens()];
        cache.read(0, tokens);
        return tokens;
    }
}
