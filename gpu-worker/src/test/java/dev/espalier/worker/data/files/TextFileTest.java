package dev.espalier.worker.data.files;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextFileTest {
    @Test
    void aBeginningDoesNotEndWithinACharacter() {
        String text = "a\uD83D\uDE00b";
        assertThat(TextFile.beginning(text, 0)).isEmpty();
        assertThat(TextFile.beginning(text, 2)).isEqualTo("a");
        assertThat(TextFile.beginning(text, 3)).isEqualTo("a\uD83D\uDE00");
        assertThat(TextFile.beginning(text, 9)).isEqualTo(text);
    }
}
