package dev.espalier.worker.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.data.Cursor;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedSequencesTest {
    private static final int LENGTH = 4;

    @TempDir
    Path folder;

    private TokenCache letters;
    private TokenCache digits;

    @BeforeEach
    void makeCaches() {
        letters = cache("letters", IntStream.range(0, 42).toArray());
        digits = cache("digits", IntStream.range(100, 120).toArray());
    }

    @Test
    void everySequenceOfADomainAppearsOnceAnEpochEachTimeInAnotherOrder() {
        PackedSequences sequences = one(7);
        assertThat(sequences.available()).isEqualTo(10);
        List<Integer> first = starts(sequences, 0, 10);
        List<Integer> second = starts(sequences, 10, 10);
        assertThat(first).containsExactlyInAnyOrder(0, 4, 8, 12, 16, 20, 24, 28, 32, 36);
        assertThat(second).containsExactlyInAnyOrderElementsOf(first).isNotEqualTo(first);
        assertThat(first).isNotEqualTo(starts(one(8), 0, 10));
        assertThat(sequences.batch(3, 1)[0])
                .containsExactly(IntStream.range(first.get(3), first.get(3) + 4).toArray());
    }

    @Test
    void aCursorGivesTheSameSequencesHoweverItIsReached() {
        PackedSequences sequences = mixed(1, 2, 5);
        int[][] whole = sequences.batch(0, 30);
        for (int i = 29; i >= 0; i--) {
            assertThat(mixed(1, 2, 5).batch(i, 1)[0]).containsExactly(whole[i]);
        }
        assertThat(sequences.batch(11, 7)).isDeepEqualTo(Arrays.copyOfRange(whole, 11, 18));
    }

    @Test
    void theOrderOfASeedIsTheSameInAllVersions() {
        // a changed order would make a resumed run see other data than an undisturbed one
        assertThat(starts(mixed(1, 2, 5), 0, 12))
                .containsExactly(116, 112, 104, 32, 108, 100, 20, 116, 104, 36, 108, 112);
    }

    @Test
    void aDomainOfWhichAllIsTakenIsNamedBeforeASequenceComesTwice() {
        PackedSequences sequences = mixed(1, 1, 5);
        Cursor start = Cursor.start(List.of(1.0, 1.0));
        sequences.requireUnread(start, 10);
        assertThatThrownBy(() -> sequences.requireUnread(start, 11))
                .isInstanceOf(UserError.class)
                .hasMessage("All 5 sequences of domain 'digits' were trained on once: give it more text, or set"
                        + " data.mix.exhausted = repeat.");
        sequences.requireUnread(start.after(10).with(List.of(1.0, 0.0)), 5);
    }

    @Test
    void domainsAreMixedByWeight() {
        PackedSequences sequences = mixed(1, 2, 5);
        assertThat(sequences.available()).isEqualTo(15);
        long fromDigits = LongStream.range(0, 300)
                .filter(i -> sequences.domainOf(i).equals("digits"))
                .count();
        assertThat(fromDigits).isBetween(199L, 201L);
        for (int[] sequence : sequences.batch(0, 6)) {
            assertThat(sequence[0] / 100).isEqualTo(sequence[3] / 100);
        }
        Set<Integer> seen = new HashSet<>(starts(mixed(1, 0, 5), 0, 30));
        assertThat(seen).hasSize(10).allMatch(start -> start < 100);
    }

    @Test
    void refusesTextThatIsTooShortAndWeightsThatAreNone() {
        assertThatThrownBy(
                        () -> new PackedSequences(List.of(new PackedSequences.Domain("web", digits, 1)), window(21), 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("'web' has only 20 tokens, less than one sequence of 21. Give more.");
        assertThatThrownBy(() -> mixed(-1, 1, 0)).isInstanceOf(UserError.class).hasMessageContaining("weight -1.0");
        assertThatThrownBy(() -> mixed(Double.NaN, 1, 0)).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> mixed(0, 0, 0)).isInstanceOf(UserError.class).hasMessageContaining("positive weight");
    }

    @Test
    void opensConfiguredSources() throws IOException {
        Path text = Files.writeString(folder.resolve("a.txt"), "The cat sat on the mat. ".repeat(20));
        try (Tokenizer tokenizer = Tokenizer.open(Path.of("src/test/resources/tokenizer/tokenizer.json"))) {
            List<RunConfig.TextSource> sources =
                    List.of(new RunConfig.TextSource(text.toString(), "text", "cats", 1, 0));
            PackedSequences sequences = PackedSequences.open(
                    sources, tokenizer, OptionalInt.of(0), folder.resolve("cache"), window(8), 1, documents -> {});
            assertThat(sequences.domainOf(0)).isEqualTo("cats");
            assertThat(tokenizer.decode(sequences.batch(0, 1)[0])).contains("cat");
        }
    }

    private static Window window(int tokens) {
        return new Window(tokens, "Give more.");
    }

    private PackedSequences one(long seed) {
        return new PackedSequences(List.of(new PackedSequences.Domain("letters", letters, 3)), window(LENGTH), seed);
    }

    private PackedSequences mixed(double lettersWeight, double digitsWeight, long seed) {
        return new PackedSequences(
                List.of(
                        new PackedSequences.Domain("letters", letters, lettersWeight),
                        new PackedSequences.Domain("digits", digits, digitsWeight)),
                window(LENGTH),
                seed);
    }

    private static List<Integer> starts(PackedSequences sequences, long first, int count) {
        List<Integer> starts = new ArrayList<>();
        for (int[] sequence : sequences.batch(first, count)) {
            starts.add(sequence[0]);
        }
        return starts;
    }

    private TokenCache cache(String name, int[] tokens) {
        Path file = folder.resolve(name);
        try (TokenFileWriter writer = TokenFileWriter.create(file)) {
            writer.addDocument(tokens);
            writer.finish();
        }
        return TokenCache.read(file).orElseThrow();
    }
}
