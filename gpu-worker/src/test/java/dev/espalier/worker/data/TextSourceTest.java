package dev.espalier.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.DocumentPart;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextSourceTest {
    @TempDir
    Path folder;

    @Test
    void aTxtFileIsOneText() throws IOException {
        write("a.txt", "one\r\n\ntw\u00f6\n");
        assertThat(documents("a.txt", 0)).containsExactly("one\r\n\ntw\u00f6\n");
    }

    @Test
    void aJsonlFileHasATextALine() throws IOException {
        write("a.jsonl", "{\"text\":\"one\\nmore\",\"n\":1}\n\n  \r\n{\"text\":\"\"}\n{\"n\":2,\"text\":\"tw\u00f6\"}");
        assertThat(documents("a.jsonl", 0)).containsExactly("one\nmore", "", "tw\u00f6");
    }

    @Test
    void aByteOrderMarkIsNotPartOfAnyText() throws IOException {
        write("a.txt", "\uFEFFone");
        write("a.jsonl", "\uFEFF{\"text\":\"\uFEFFtwo\"}\n{\"text\":\"three\"}\n");
        assertThat(documents("a.txt", 0)).containsExactly("one");
        assertThat(documents("a.jsonl", 0)).containsExactly("\uFEFFtwo", "three");
        write("b.jsonl", "\uFEFF\n{\"text\":\"one\"}\n\uFEFF{\"text\":\"two\"}\n");
        assertThatThrownBy(() -> documents("b.jsonl", 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 3 is not valid JSON");
    }

    @Test
    void nulsAndCarriageReturnsAreText() throws IOException {
        write("a.jsonl", "{\"text\":\"a\\u0000b\\r\\nc\"}\r\n\r\n{\"text\":\"d\"}\r\n");
        assertThat(documents("a.jsonl", 0)).containsExactly("a\u0000b\r\nc", "d");
        write("a.txt", "a\u0000b\r\n\r\nc");
        assertThat(documents("a.txt", 0)).containsExactly("a\u0000b\r\n\r\nc");
    }

    /** The tokenizers library would read the emoji as six unknown bytes if the half were passed on. */
    @Test
    void halfASurrogatePairIsAReplacementCharacterAndSpoilsNothingElse() throws IOException {
        write("a.jsonl", "{\"text\":\"a\\ud83db \uD83D\uDE00 \\ude00\"}\n");
        List<String> documents = documents("a.jsonl", 0);
        assertThat(documents).containsExactly("a\uFFFDb \uD83D\uDE00 \uFFFD");
        try (Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/tokenizer/tokenizer.json"))) {
            assertThat(tokenizer.decode(tokenizer.encode(documents.get(0), false)))
                    .isEqualTo(documents.get(0));
            assertThat(tokenizer.decode(tokenizer.encode("a\u0000b", false))).isEqualTo("a\u0000b");
        }
    }

    @Test
    void tokensAreCountedAsFarAsWanted() throws IOException {
        write("a.jsonl", "{\"text\":\"the cat\"}\n{\"text\":\"\"}\n{\"text\":\"sat on the mat\"}\n");
        write("long.txt", " ".repeat(5000) + "the cat sat on the mat ".repeat(100_000));
        try (Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/tokenizer/tokenizer.json"))) {
            TextSource source = TextSource.open(new RunConfig.TextSource(folder + "/a.jsonl", "text", "web", 1, 0));
            long all = TokenCache.open(source, tokenizer, OptionalInt.of(0), folder.resolve("cache"), done -> {})
                    .tokens();
            assertThat(source.tokens(tokenizer, true, 1000)).isEqualTo(all);
            assertThat(source.tokens(tokenizer, false, 1000)).isEqualTo(all - 1);
            assertThat(source.tokens(tokenizer, true, 3)).isEqualTo(3);
            TextSource large = TextSource.open(new RunConfig.TextSource(folder + "/long.txt", "text", "web", 1, 0));
            assertThat(large.tokens(tokenizer, true, 512)).isEqualTo(512);
        }
    }

    @Test
    void aDocumentMayBeLongerThanAnyBuffer() throws IOException {
        String text = "long ".repeat(100_000);
        write("a.jsonl", "{\"text\":\"" + text + "\"}\n{\"text\":\"short\"}\n");
        assertThat(documents("a.jsonl", 0)).containsExactly(text, "short");
    }

    @Test
    void filesOfAPatternAreReadInTheOrderOfTheirNames() throws IOException {
        write("b.jsonl", "{\"text\":\"3\"}\n{\"text\":\"4\"}\n");
        write("a.txt", "2");
        write("a.jsonl", "{\"text\":\"1\"}\n");
        write("sub/c.txt", "5");
        write("ignored.md", "x");
        assertThat(documents("*.{txt,jsonl}", 0)).containsExactly("1", "2", "3", "4");
        assertThat(documents("[ab].jsonl", 0)).containsExactly("1", "3", "4");
        assertThat(documents("*/*.txt", 0)).containsExactly("5");
        assertThat(documents("{**/,}*.txt", 0)).containsExactly("2", "5");
        assertThat(documents("**.txt", 0)).containsExactly("2", "5");
        assertThat(documents("**/*.txt", 0)).containsExactly("2", "5");
        write("sub/deep/er/d.txt", "6");
        assertThat(documents("**/*.txt", 0)).containsExactly("2", "5", "6");
        assertThat(documents("sub/**/er/**/*.txt", 0)).containsExactly("6");
        assertThat(documents("**/sub/**/*.txt", 0)).containsExactly("5", "6");
    }

    @Test
    void aShareOfTheDocumentsCanBeHeldOut() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            lines.append("{\"text\":\"document ").append(i).append("\"}\n");
        }
        write("a.jsonl", lines.toString());
        List<String> heldOut = part(0.1, true);
        List<String> others = part(0.1, false);
        assertThat(heldOut).hasSizeBetween(3, 20).doesNotContainAnyElementsOf(others);
        assertThat(heldOut.size() + others.size()).isEqualTo(100);
        write("a.jsonl", "{\"text\":\"a document\"}\n" + lines);
        assertThat(part(0.1, true)).containsAll(heldOut);
        assertThatThrownBy(() -> part(1e-9, true))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("None of the 101 documents")
                .hasMessageContaining("data.validation-share = 1.0E-9");
    }

    private List<String> part(double share, boolean heldOut) {
        List<String> documents = new ArrayList<>();
        TextSource.open(new RunConfig.TextSource(
                        folder + "/a.jsonl", "text", "web", 1, 0, new DocumentPart(share, heldOut), Optional.empty()))
                .forEachDocument(document -> documents.add(document.text()));
        return documents;
    }

    @Test
    void theLastDocumentsOfTheWholeSourceCanBeLeftOut() throws IOException {
        write("a.jsonl", "{\"text\":\"1\"}\n{\"text\":\"2\"}\n{\"text\":\"3\"}\n");
        write("b.jsonl", "{\"text\":\"4\"}\n");
        assertThat(documents("*.jsonl", 2)).containsExactly("1", "2");
        assertThatThrownBy(() -> documents("*.jsonl", 4))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("only 4 documents")
                .hasMessageContaining("skip-last = 4");
    }

    @Test
    void aTextMayStandInObjectsWithinObjects() throws IOException {
        write(
                "a.jsonl",
                "{\"a\":{\"b\":{\"c\":\"1\"},\"b.c\":\"no\"}}\n{\"a.b.c\":\"2\",\"a\":{\"b\":{\"c\":\"no\"}}}\n");
        assertThat(documentsOf("a.b.c")).containsExactly("1", "2");
        assertThatThrownBy(() -> documentsOf("a.b"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 1 has no text field 'a.b' (it is an object)");
        assertThatThrownBy(() -> documentsOf("a.c.b"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 1 has no text field 'a.c.b' (nearest: a.b, a.b.c");
        assertThatThrownBy(() -> documentsOf("content"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 1 has no text field 'content' (there is a, a.b, a.b.c)");
    }

    private List<String> documentsOf(String field) {
        List<String> documents = new ArrayList<>();
        TextSource.open(new RunConfig.TextSource(folder + "/a.jsonl", field, "web", 1, 0))
                .forEachDocument(document -> documents.add(document.text()));
        return documents;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"text\":\"1\"}~{\"other\":\"2\"} | line 2 has no text field 'text'",
                "{\"text\":\"1\"}~{\"text\":2} | line 2 has no text field 'text'",
                "{\"text\":\"1\"}~~{\"text\": | line 3 is not valid JSON",
                "[1] | line 1 has no text field",
                "{\"text\":\"1\"} {\"text\":\"2\"} | line 1 is not valid JSON",
                "{\"text\":\"\"} | contains no text",
                "~~ | contains no text",
            })
    void saysWhichLineIsWrong(String lines, String reason) throws IOException {
        write("a.jsonl", lines.replace('~', '\n'));
        assertThatThrownBy(() -> documents("a.jsonl", 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a.jsonl")
                .hasMessageContaining(reason);
    }

    @Test
    void textMustBeUtf8() throws IOException {
        Files.write(folder.resolve("a.txt"), new byte[] {'a', (byte) 0xe4, 'b'});
        assertThatThrownBy(() -> documents("a.txt", 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("not UTF-8");
        Files.write(folder.resolve("a.jsonl"), new byte[] {'{', '}', '\n', (byte) 0xff});
        assertThatThrownBy(() -> documents("a.jsonl", 0)).isInstanceOf(UserError.class);
        Files.write(folder.resolve("a.jsonl"), new byte[] {'\n', (byte) 0xff});
        assertThatThrownBy(() -> documents("a.jsonl", 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 2 is not UTF-8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none.txt | does not exist",
                "*.txt | No file matches",
                "none/*.txt | folder",
                "[*.txt | malformed",
                "sub | sub holds no text",
                "a.md | should end in .txt",
                "empty.jsonl | contains no text",
                "empty.jsonl/*.txt | does not exist",
            })
    void saysWhyThereIsNoText(String pattern, String reason) throws IOException {
        write("a.md", "x");
        write("empty.jsonl", "");
        write("sub/x.md", "");
        assertThatThrownBy(() -> documents(pattern, 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aPatternThatSearchesTheWholeMachineIsRefused() {
        assertThatThrownBy(() -> TextSource.open(new RunConfig.TextSource("/**/*.txt", "text", "web", 1, 0)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("whole machine");
    }

    @Test
    void aProbeFindsWhatIsWrongAtTheBeginningOfAnyFile() throws IOException {
        write("a.jsonl", "{\"text\":\"1\"}\n{\"text\":\"2\"}\n{\"other\":\"3\"}\n");
        write("b.jsonl", "");
        TextSource source = TextSource.open(new RunConfig.TextSource(folder + "/*.jsonl", "text", "web", 1, 0));
        source.probe(2);
        assertThatThrownBy(() -> source.probe(3))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("line 3 has no text field");
        write("a.jsonl", "");
        assertThatThrownBy(() -> source.probe(2))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("contains no text");
    }

    private List<String> documents(String pattern, int skipLast) {
        List<String> documents = new ArrayList<>();
        TextSource.open(new RunConfig.TextSource(folder + "/" + pattern, "text", "web", 1, skipLast))
                .forEachDocument(document -> documents.add(document.text()));
        return documents;
    }

    private void write(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
