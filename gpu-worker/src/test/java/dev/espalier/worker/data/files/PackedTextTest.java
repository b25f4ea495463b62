package dev.espalier.worker.data.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.data.TextSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedTextTest {
    private static final String LINES = "\uFEFF{\"text\":\"one\"}\n\n{\"text\":\"tw\u00f6\"}\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", ".gz", ".zst", ".GZ"})
    void isTheSameTextWhateverItIsPackedIn(String ending) throws IOException {
        write("a.jsonl" + ending, LINES);
        write("a.txt" + ending, "\uFEFFone\r\ntw\u00f6\n");
        assertThat(documents("a.jsonl" + ending)).containsExactly("one", "tw\u00f6");
        assertThat(documents("a.txt" + ending)).containsExactly("one\r\ntw\u00f6\n");
        assertThat(documents("*" + ending)).hasSize(3);
    }

    @Test
    void piecesOneAfterAnotherAreOneText() throws IOException {
        byte[] skippable = {0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'x', 'y'};
        put("a.txt.gz", gzip("one "), gzip(""), gzip("two"));
        put("a.txt.zst", zstd("one "), skippable, zstd(""), zstd("two"));
        assertThat(documents("a.txt.gz")).containsExactly("one two");
        assertThat(documents("a.txt.zst")).containsExactly("one two");
    }

    @Test
    void aFolderIsTheTextsInItAtAnyDepth() throws IOException {
        write("b.jsonl.zst", "{\"text\":\"3\"}\n");
        write("a.txt", "1");
        write("a/deep/c.txt.gz", "2");
        write("a/.cache/d.txt", "hidden");
        write(".e.txt", "hidden");
        write("a/table.csv", "other");
        assertThat(documents("")).containsExactly("1", "2", "3");
        assertThat(documents("a")).containsExactly("2");
        Files.createDirectories(folder.resolve("none"));
        assertThatThrownBy(() -> documents("none"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("none holds no text")
                .hasMessageContaining(".jsonl");
    }

    @ParameterizedTest
    @ValueSource(strings = {".gz", ".zst"})
    void aFileThatWasCutAnywhereIsRefused(String ending) throws IOException {
        byte[] first = pack(ending, LINES);
        byte[] second = pack(ending, "{\"text\":\"three\"}\n");
        byte[] both = joined(first, second);
        for (int length = 1; length < both.length; length++) {
            put("a.jsonl" + ending, Arrays.copyOf(both, length));
            if (length == first.length) {
                assertThat(documents("a.jsonl" + ending)).hasSize(2);
                continue;
            }
            assertThatThrownBy(() -> documents("a.jsonl" + ending))
                    .as("cut at %d of %d", length, both.length)
                    .isInstanceOf(UserError.class)
                    .hasMessageMatching("(?s)Cannot read .*a.jsonl" + ending
                            + ".*: it is truncated, damaged, or no (gzip|zstd) data \\(.*\\); copy it again\\.");
        }
    }

    /** The buffer's end falls into the second member's header at one of these lengths. */
    @Test
    void aCutInAnotherMembersHeaderIsSeenWhereverTheBufferEnds() throws IOException {
        byte[] header = Arrays.copyOf(gzip("x"), 5);
        for (int length = 65_490; length < 65_530; length++) {
            put("a.txt.gz", stored("a".repeat(length)), header);
            assertThatThrownBy(() -> documents("a.txt.gz"))
                    .as("after %d bytes", length)
                    .isInstanceOf(UserError.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".gz", ".zst"})
    void otherBytesAreNotTakenForTheEnd(String ending) throws IOException {
        put("a.txt" + ending, pack(ending, "one"), "rubbish".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> documents("a.txt" + ending)).isInstanceOf(UserError.class);
        put("a.txt" + ending, "not packed at all".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> documents("a.txt" + ending))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("truncated, damaged, or no ");
        byte[] changed = pack(ending, "one two three four five six seven");
        changed[changed.length - 5] ^= 1;
        put("a.txt.gz", changed);
        assertThatThrownBy(() -> documents("a.txt.gz")).isInstanceOf(UserError.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {".gz", ".zst"})
    void aBombIsNotUnpacked(String ending) throws IOException {
        int bytes = 8 << 20;
        put("a.txt" + ending, pack(ending, "\0".repeat(bytes)));
        try (InputStream in = Unpacked.open(folder.resolve("a.txt" + ending), 1 << 20)) {
            byte[] buffer = new byte[1 << 16];
            assertThatThrownBy(() -> {
                        for (int n = 0; n >= 0; n = in.read(buffer)) {}
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("expands to more than 200 times its size");
        }
        try (InputStream in = Unpacked.open(folder.resolve("a.txt" + ending), bytes)) {
            assertThat(in.readAllBytes()).hasSize(bytes);
        }
    }

    @Test
    void aWindowThatWouldFillMemoryIsRefused() throws IOException {
        put("a.txt.zst", frame(27));
        assertThat(documents("a.txt.zst")).containsExactly("one");
        put("a.txt.zst", frame(28));
        assertThatThrownBy(() -> documents("a.txt.zst"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("zstd --long");
    }

    /** RFC 8878: magic, no checksum and no size, the window, and one raw block. */
    private static byte[] frame(int windowLog) {
        return new byte[] {
            0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) ((windowLog - 10) << 3), 1 | 3 << 3, 0, 0, 'o', 'n', 'e'
        };
    }

    @Test
    void aMistakeInAPackedFileIsToldWithItsLine() throws IOException {
        write("a.jsonl.gz", "{\"text\":\"one\"}\n{\"txt\":\"two\"}\n");
        assertThatThrownBy(() -> documents("a.jsonl.gz"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("a.jsonl.gz, line 2 has no text field 'text' (nearest: txt).");
    }

    private List<String> documents(String pattern) {
        List<String> documents = new ArrayList<>();
        TextSource.open(new RunConfig.TextSource(folder + "/" + pattern, "text", "web", 1, 0))
                .forEachDocument(document -> documents.add(document.text()));
        return documents;
    }

    private void write(String name, String content) throws IOException {
        put(name, pack(name, content));
    }

    private void put(String name, byte[]... pieces) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, joined(pieces));
    }

    private static byte[] joined(byte[]... pieces) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.write(piece);
        }
        return all.toByteArray();
    }

    private static byte[] pack(String name, String content) throws IOException {
        return name.endsWith(".gz") || name.endsWith(".GZ")
                ? gzip(content)
                : name.endsWith(".zst") ? zstd(content) : content.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] gzip(String content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return packed.toByteArray();
    }

    /** A few bytes more than the content. */
    private static byte[] stored(String content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed) {
            {
                def.setLevel(Deflater.NO_COMPRESSION);
            }
        }) {
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
        return packed.toByteArray();
    }

    private static byte[] zstd(String content) {
        return Zstd.compress(content.getBytes(StandardCharsets.UTF_8));
    }
}
