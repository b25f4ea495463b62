package dev.espalier.cli.demo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/**
 * Learns merges over the distinct words of a text. Counts of pairs are kept up to date word by word, and a queue gives
 * the most frequent pair; a queued count that is no longer true is corrected when it comes to the front. This is the
 * algorithm of Hugging Face's {@code BpeTrainer}, with its order of ties, so that both learn the same vocabulary.
 */
final class BpeTrainer {
    private final List<String> tokens = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final List<ByteLevelBpe.Merge> merges = new ArrayList<>();
    private final List<Word> words = new ArrayList<>();
    private final Map<Pair, Long> counts = new HashMap<>();
    private final Map<Pair, Set<Word>> places = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>(
            Comparator.comparingLong(Candidate::count).reversed().thenComparing(Candidate::pair));

    private record Pair(int left, int right) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            return left != other.left ? Integer.compare(left, other.left) : Integer.compare(right, other.right);
        }
    }

    private record Candidate(Pair pair, long count) {}

    /** A distinct word as it is cut at present, and how often the texts have it. */
    private static final class Word {
        private int[] pieces;
        private final long count;

        Word(int[] pieces, long count) {
            this.pieces = pieces;
            this.count = count;
        }
    }

    BpeTrainer(Iterable<String> texts) {
        Map<String, Long> frequencies = new TreeMap<>();
        texts.forEach(text -> PreTokenizer.words(text, word -> frequencies.merge(word, 1L, Long::sum)));
        token(ByteLevelBpe.END_OF_TEXT);
        char[] alphabet = new char[256];
        for (int b = 0; b < alphabet.length; b++) {
            alphabet[b] = PreTokenizer.character(b);
        }
        Arrays.sort(alphabet);
        for (char c : alphabet) {
            token(String.valueOf(c));
        }
        frequencies.forEach((text, count) -> words.add(new Word(
                text.chars().map(c -> ids.get(String.valueOf((char) c))).toArray(), count)));
    }

    ByteLevelBpe train(int vocabularySize) {
        if (vocabularySize < ByteLevelBpe.MINIMUM_VOCABULARY) {
            throw new IllegalArgumentException("a byte-level vocabulary has at least " + ByteLevelBpe.MINIMUM_VOCABULARY
                    + " tokens, not " + vocabularySize);
        }
        words.forEach(word -> add(word, 1));
        counts.forEach((pair, count) -> queue.add(new Candidate(pair, count)));
        while (tokens.size() < vocabularySize && !queue.isEmpty()) {
            Candidate best = queue.remove();
            long count = counts.getOrDefault(best.pair, 0L);
            if (count == best.count) {
                merge(best.pair);
            } else if (count > 0) {
                queue.add(new Candidate(best.pair, count));
            }
        }
        return new ByteLevelBpe(tokens, merges);
    }

    private void merge(Pair pair) {
        ByteLevelBpe.Merge merge = new ByteLevelBpe.Merge(tokens.get(pair.left), tokens.get(pair.right));
        merges.add(merge);
        int merged = token(merge.merged());
        Set<Pair> made = new LinkedHashSet<>();
        for (Word word : List.copyOf(places.get(pair))) {
            add(word, -1);
            word.pieces = replaced(word.pieces, pair, merged);
            add(word, 1);
            for (int i = 1; i < word.pieces.length; i++) {
                if (word.pieces[i - 1] == merged || word.pieces[i] == merged) {
                    made.add(new Pair(word.pieces[i - 1], word.pieces[i]));
                }
            }
        }
        made.forEach(added -> queue.add(new Candidate(added, counts.get(added))));
    }

    /** Counts a word's pairs in, or with sign -1 out. */
    private void add(Word word, int sign) {
        for (int i = 1; i < word.pieces.length; i++) {
            Pair pair = new Pair(word.pieces[i - 1], word.pieces[i]);
            if (counts.merge(pair, sign * word.count, Long::sum) == 0) {
                counts.remove(pair);
            }
            Set<Word> with = places.computeIfAbsent(pair, unused -> new LinkedHashSet<>());
            if (sign > 0) {
                with.add(word);
            } else {
                with.remove(word);
            }
        }
    }

    private static int[] replaced(int[] pieces, Pair pair, int merged) {
        int[] result = new int[pieces.length];
        int length = 0;
        for (int i = 0; i < pieces.length; i++) {
            boolean here = i + 1 < pieces.length && pieces[i] == pair.left && pieces[i + 1] == pair.right;
            result[length++] = here ? merged : pieces[i];
            i += here ? 1 : 0;
        }
        return Arrays.copyOf(result, length);
    }

    /** The id of a token, a new one if it is not there; different merges may make the same token. */
    private int token(String text) {
        return ids.computeIfAbsent(text, added -> {
            tokens.add(added);
            return tokens.size() - 1;
        });
    }
}
