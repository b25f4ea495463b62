package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DocumentPartTest {
    private static final List<String> DOCUMENTS =
            IntStream.range(0, 2000).mapToObj(i -> "document " + i).toList();

    @Test
    void everyDocumentIsOnOneSideAndTheShareIsWhatIsAsked() {
        DocumentPart heldOut = new DocumentPart(0.1, true);
        DocumentPart others = new DocumentPart(0.1, false);
        assertThat(DOCUMENTS).allMatch(document -> heldOut.holds(document) != others.holds(document));
        assertThat(DOCUMENTS.stream().filter(heldOut::holds).count()).isBetween(160L, 240L);
        assertThat(DOCUMENTS).allMatch(DocumentPart.ALL::holds);
    }

    /** A run that goes on, or another one, has to hold out the same documents. */
    @Test
    void theSideOfADocumentIsTheSameInAllVersions() {
        DocumentPart heldOut = new DocumentPart(0.02, true);
        assertThat(DOCUMENTS.stream().filter(heldOut::holds).limit(3))
                .containsExactly("document 21", "document 22", "document 55");
    }

    @Test
    void aLargerShareHoldsOutMoreAndNoOthers() {
        DocumentPart less = new DocumentPart(0.05, true);
        DocumentPart more = new DocumentPart(0.2, true);
        assertThat(DOCUMENTS.stream().filter(less::holds)).allMatch(more::holds);
    }
}
