package dev.espalier.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.worker.SentencePieceTokenizer;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a tokenizer that writes a space before every text, and characters that it does not know as bytes. */
class TextPiecesTest {
    private static final int LETTER_A = 9;
    private static final int[] E_ACUTE = {3, 4};
    private static final int[] EURO = {5, 6, 7};

    @TempDir
    private Path folder;

    private Tokenizer tokenizer;

    @BeforeEach
    void open() throws IOException {
        tokenizer = Tokenizer.open(SentencePieceTokenizer.write(folder));
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @Test
    void theSpaceBeforeTheFirstWordStays() {
        int[] words = tokenizer.encode("cat sat", false);
        assertThat(pieces("the", words)).containsExactly(" cat", " sat");
    }

    @Test
    void aPromptThatEndsWithASpaceIsFollowedByNoOther() {
        assertThat(pieces("the ", tokenizer.encode("cat", false)[0] - 1)).containsExactly("cat");
    }

    @Test
    void aCharacterOfSeveralTokensComesInOnePiece() {
        assertThat(pieces("the", EURO[0], EURO[1], EURO[2], E_ACUTE[0], E_ACUTE[1], LETTER_A))
                .containsExactly("€", "é", "a");
    }

    @Test
    void bytesThatAreNoTextDoNotSilenceWhatFollows() {
        List<String> pieces = pieces("the", E_ACUTE[0], E_ACUTE[1], EURO[1], LETTER_A, LETTER_A);
        assertThat(pieces.get(0)).isEqualTo("é");
        assertThat(String.join("", pieces)).endsWith("aa");
    }

    private List<String> pieces(String prompt, int... ids) {
        List<String> pieces = new ArrayList<>();
        TextPieces text = new TextPieces(tokenizer, tokenizer.encode(prompt, true), pieces::add);
        for (int id : ids) {
            text.add(id);
        }
        return pieces;
    }
}
