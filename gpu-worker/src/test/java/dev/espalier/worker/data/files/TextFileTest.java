package dev.espalier.worker.data.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTest {
    @TempDir
    private Path folder;

    @Test
    void aTextIsTheSameInHoweverManyPiecesItIsDecoded() throws IOException {
        for (String letters : List.of("a", "\u00e9", "a\u20ac", "ab\uD83D\uDE00")) {
            String text = letters.repeat(1_300_000);
            Path file = Files.writeString(folder.resolve("text.txt"), "\uFEFF" + text);
            assertThat(TextFile.read(file).equals(text)).as(letters).isTrue();
        }
        assertThat(TextFile.read(Files.createFile(folder.resolve("empty.txt")))).isEmpty();
    }

    @Test
    void aTextThatEndsWithinALetterIsNotUtf8() throws IOException {
        Path file = Files.write(folder.resolve("cut.txt"), new byte[] {'a', (byte) 0xE2, (byte) 0x82});
        assertThatThrownBy(() -> TextFile.read(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("cut.txt is not UTF-8 text");
    }

    @Test
    void aTextThatTheHeapCannotHoldIsRefusedWithWhatToDo() throws IOException {
        Path file = Files.writeString(folder.resolve("long.txt"), "a".repeat(5 << 20));
        assertThat(TextFile.read(file, 10 << 20)).hasSize(5 << 20);
        assertThatThrownBy(() -> TextFile.read(file, 7 << 20))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("heap of 7 MiB cannot hold: the first 4 MiB of it take 8 MiB")
                .hasMessageContaining("ESPALIER_HEAP")
                .hasMessageContaining(".jsonl");
        Files.writeString(file, "a".repeat((4 << 20) - 2) + "\u20ac");
        assertThatThrownBy(() -> TextFile.read(file, 10 << 20))
                .as("one letter beyond Latin doubles the others")
                .hasMessageContaining("heap of 10 MiB");
    }

    @Test
    void aBeginningDoesNotEndWithinACharacter() {
        String text = "a\uD83D\uDE00b";
        assertThat(TextFile.beginning(text, 0)).isEmpty();
        assertThat(TextFile.beginning(text, 2)).isEqualTo("a");
        assertThat(TextFile.beginning(text, 3)).isEqualTo("a\uD83D\uDE00");
        assertThat(TextFile.beginning(text, 9)).isEqualTo(text);
    }
}
