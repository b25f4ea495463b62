package dev.espalier.worker.data.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.data.RowFile;
import dev.espalier.worker.data.TextSource;
import dev.espalier.worker.data.files.Row;
import dev.espalier.worker.data.files.Rows;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that pyarrow wrote (src/test/python/make_parquet_fixtures.py). */
class ParquetRowsTest {
    private static final Path FIXTURES = Path.of("src/test/resources/parquet");
    private static final List<String> TEXTS =
            List.of("The cat sat.", "", "tw\u00f6 \uD83D\uDE00", "The cat sat.", "line\nbreak ".repeat(40));

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"none", "snappy", "gzip", "zstd", "lz4", "pages-v2", "delta", "checksums"})
    void readsAColumnOfTextHoweverItIsPackedAndEncoded(String name) {
        Path file = FIXTURES.resolve(name + ".parquet");
        assertThat(documents(file, "text")).isEqualTo(TEXTS);
        assertThat(documents(file, "meta.body"))
                .isEqualTo(TEXTS.stream()
                        .map(text -> text.toUpperCase(java.util.Locale.ROOT))
                        .toList());
    }

    @Test
    void readsManyPagesAndRowGroups() {
        List<String> documents = documents(FIXTURES.resolve("large.parquet"), "text");
        assertThat(documents).hasSize(3000);
        assertThat(documents.get(2999)).isEqualTo("2999 " + "word ".repeat(40));
    }

    @Test
    void aRowIsTheObjectThatItWouldBeInALine() {
        List<JsonNode> rows = rows(FIXTURES.resolve("snappy.parquet"), "tags");
        assertThat(rows)
                .extracting(JsonNode::toString)
                .containsExactly(
                        "{\"tags\":[\"a\",\"b\"]}",
                        "{\"tags\":[]}",
                        "{\"tags\":[\"c\"]}",
                        "{\"tags\":null}",
                        "{\"tags\":[\"d\"]}");
        assertThat(rows(FIXTURES.resolve("snappy.parquet"), "meta").get(1))
                .hasToString("{\"meta\":{\"body\":\"\",\"n\":1}}");
        assertThat(rows(FIXTURES.resolve("chats.parquet"), "messages").get(0))
                .hasToString("{\"messages\":[{\"role\":\"user\",\"content\":\"Hello?\"},"
                        + "{\"role\":\"assistant\",\"content\":\"Hi.\"}]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | txt | it has no column 'txt' (nearest: text). Name the right one with text-field.",
                "none | meta.bdy | it has no column 'meta.bdy' (nearest: meta.body",
                "none | content | it has no column 'content' (there is id, text, meta, meta.body, meta.n, tags, score)",
                "none | id | row 1 has no text field 'id' (it is a number)",
                "none | meta | row 1 has no text field 'meta' (it is an object)",
                "nulls | text | row 2 has no text field 'text' (it is null)",
                "not-utf8 | text | row 2: its text is not UTF-8",
                "brotli | text | it is compressed with BROTLI, which is not read",
            })
    void saysWhatIsWrong(String name, String column, String reason) {
        assertThatThrownBy(() -> documents(FIXTURES.resolve(name + ".parquet"), column))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(name + ".parquet")
                .hasMessageContaining(reason);
    }

    @Test
    void whatIsNoParquetFileIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(FIXTURES.resolve("none.parquet"));
        for (byte[] content : List.of(
                new byte[0],
                "PAR1PAR1".getBytes(StandardCharsets.US_ASCII),
                "some text that is longer".getBytes(StandardCharsets.US_ASCII),
                Arrays.copyOf(whole, whole.length / 2),
                "PAR1\u0000\u0000\u0000\u0000PAR1".getBytes(StandardCharsets.US_ASCII))) {
            assertThatThrownBy(() -> documents(Files.write(folder.resolve("a.parquet"), content), "text"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("Cannot read " + folder.resolve("a.parquet"));
        }
        assertThatThrownBy(() -> documents(folder.resolve("missing.parquet"), "text"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does not exist");
    }

    /** Whatever stands there: rows, or an error that is told. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "zstd", "delta", "pages-v2"})
    void aFileWithOneByteChangedEndsInRowsOrAnError(String name) throws IOException {
        byte[] whole = Files.readAllBytes(FIXTURES.resolve(name + ".parquet"));
        Random random = new Random(name.hashCode());
        for (int at = random.nextInt(8); at < whole.length; at += 1 + random.nextInt(15)) {
            byte[] changed = whole.clone();
            changed[at] ^= (byte) (1 + random.nextInt(255));
            Path file = Files.write(folder.resolve("a.parquet"), changed);
            try {
                source(file, "text").forEachDocument(document -> {});
            } catch (UserError e) {
                assertThat(e).hasMessageContaining("a.parquet");
            }
        }
    }

    private static List<JsonNode> rows(Path file, String column) {
        List<JsonNode> rows = new ArrayList<>();
        try (Rows open = RowFile.open(file, column, "Name another.")) {
            for (Optional<Row> row = open.next(); row.isPresent(); row = open.next()) {
                rows.add(row.get().value());
            }
        }
        return rows;
    }

    private static List<String> documents(Path file, String column) {
        List<String> documents = new ArrayList<>();
        source(file, column).forEachDocument(document -> documents.add(document.text()));
        return documents;
    }

    private static TextSource source(Path file, String column) {
        return TextSource.open(new RunConfig.TextSource(file.toString(), column, "web", 1, 0));
    }
}
