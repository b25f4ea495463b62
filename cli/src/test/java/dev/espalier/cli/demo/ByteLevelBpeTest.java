package dev.espalier.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.espalier.cli.demo.ByteLevelBpe.Merge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

class ByteLevelBpeTest {
    private static ByteLevelBpe bpe;
    private static List<String> texts;
    private static HuggingFaceTokenizer huggingFace;
    private static Path folder;

    @BeforeContainer
    static void trainAndLoad() throws IOException {
        texts = DemoCorpus.generate(7, 60, 1).training();
        bpe = ByteLevelBpe.train(texts, 900);
        folder = Files.createTempDirectory("bpe");
        bpe.write(folder);
        huggingFace = HuggingFaceTokenizer.builder()
                .optTokenizerPath(folder.resolve("tokenizer.json"))
                .optTruncation(false)
                .optPadding(false)
                .optAddSpecialTokens(false)
                .build();
    }

    @AfterContainer
    static void close() throws IOException {
        huggingFace.close();
        Files.delete(folder.resolve("tokenizer.json"));
        Files.delete(folder.resolve("tokenizer_config.json"));
        Files.delete(folder);
    }

    @Example
    void theMostFrequentPairIsMergedFirstAndTiesGoToTheSmallerIds() {
        // Pairs: "ab" 3 times, then "xy" and "abc" twice each; a's id is below x's, but that of "ab" is above.
        ByteLevelBpe tiny = ByteLevelBpe.train(List.of("abc\tabc\tab\txy\txy"), 260);
        assertThat(tiny.merges()).containsExactly(new Merge("a", "b"), new Merge("x", "y"), new Merge("ab", "c"));
    }

    @Example
    void mergesNeverCrossWordsOrDigits() {
        ByteLevelBpe tiny = ByteLevelBpe.train(List.of("17 17 17 17 it's it's"), 300);
        assertThat(tiny.merges()).containsExactly(new Merge("'", "s"), new Merge("i", "t"), new Merge("\u0120", "it"));
    }

    @Example
    void theVocabularyHasTheWantedSizeAndTheEndOfTextFirst() {
        assertThat(bpe.tokens()).hasSize(900).doesNotHaveDuplicates();
        assertThat(huggingFace.encode("a" + ByteLevelBpe.END_OF_TEXT).getIds()[1])
                .isZero();
    }

    @Example
    void anOrderOfTheTextsGivesTheSameVocabulary() {
        List<String> turned = new ArrayList<>(texts);
        Collections.reverse(turned);
        assertThat(ByteLevelBpe.train(turned, 900)).isEqualTo(bpe);
    }

    @Example
    void huggingFaceEncodesTheCorpusAsOurMergesSay() {
        for (String text : texts.subList(0, 40)) {
            assertThat(huggingFace.encode(text).getIds()).containsExactly(encode(text));
        }
    }

    @Property(tries = 300)
    void anyTextIsEncodedAsOurMergesSayAndComesBack(@ForAll @StringLength(max = 40) String drawn) {
        String text = wellFormed(drawn);
        long[] ids = huggingFace.encode(text).getIds();
        assertThat(ids).containsExactly(encode(text));
        assertThat(huggingFace.decode(ids)).isEqualTo(text);
    }

    @Example
    void accentsWideDigitsFractionsSpacesAndEmojiComeBack() {
        String text = "h\u00e9llo  w\u00f6rld 12\u00bd \uff13 \ud83c\udf89\n\n\t don't I'LL\u00a0 end   ";
        long[] ids = huggingFace.encode(text).getIds();
        assertThat(ids).containsExactly(encode(text));
        assertThat(huggingFace.decode(ids)).isEqualTo(text);
    }

    @Example
    void aVocabularyWithoutRoomForTheBytesIsRefused() {
        assertThatThrownBy(() -> ByteLevelBpe.train(texts, 256)).hasMessageContaining("257");
    }

    /** Byte-level BPE as its definition has it: again and again the first-learned merge that applies, leftmost first. */
    private static long[] encode(String text) {
        List<Long> ids = new ArrayList<>();
        PreTokenizer.words(text, word -> {
            List<String> pieces =
                    new ArrayList<>(word.chars().mapToObj(Character::toString).toList());
            for (Merge merge : bpe.merges()) {
                for (int i = 0; i + 1 < pieces.size(); i++) {
                    if (pieces.get(i).equals(merge.left()) && pieces.get(i + 1).equals(merge.right())) {
                        pieces.set(i, merge.merged());
                        pieces.remove(i + 1);
                    }
                }
            }
            pieces.forEach(piece -> ids.add((long) bpe.tokens().indexOf(piece)));
        });
        return ids.stream().mapToLong(Long::longValue).toArray();
    }

    /**
     * Without halves of surrogate pairs and NUL, which no UTF-8 text file and no C string has, and without characters
     * younger than this Java, which the native library may already know for letters.
     */
    private static String wellFormed(String text) {
        StringBuilder kept = new StringBuilder();
        text.codePoints()
                .filter(c -> c != 0 && Character.getType(c) != Character.SURROGATE && Character.isDefined(c))
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }
}
