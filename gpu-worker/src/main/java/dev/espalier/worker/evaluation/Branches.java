package dev.espalier.worker.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A question as a sequence that branches into its choices.
 *
 * @param item its index in the file
 * @param first the number of the first of its choices that are here
 * @param stem tokens that all choices follow; none if the first token already depends on the choice
 * @param choices the other tokens, of each choice
 * @param given so many first tokens of each choice belong to the query and are not scored: those that the tokenizer
 *     joined with what follows them; at least one without a stem
 */
record Branches(int item, int first, int[] stem, List<int[]> choices, int given) {
    /**
     * @param texts tokens of query and choice, of each choice; each longer than {@code query}
     * @param query how many of them are the query's, at least one
     */
    static Branches of(int item, List<int[]> texts, int query) {
        int shared = query;
        for (int[] text : texts) {
            int differs = Arrays.mismatch(text, texts.get(0));
            shared = differs < 0 ? shared : Math.min(shared, differs);
        }
        int stem = shared;
        return new Branches(
                item,
                0,
                Arrays.copyOf(texts.get(0), stem),
                texts.stream()
                        .map(text -> Arrays.copyOfRange(text, stem, text.length))
                        .toList(),
                query - stem);
    }

    /**
     * The question in parts of so many tokens at most, but of one choice at least: attention holds a number for each two tokens of a
     * sequence, and choices may be many.
     */
    List<Branches> parts(int most) {
        List<Branches> parts = new ArrayList<>();
        int from = 0;
        while (from < choices.size()) {
            int tokens = stem.length + choices.get(from).length;
            int to = from + 1;
            while (to < choices.size() && tokens + choices.get(to).length <= most) {
                tokens += choices.get(to).length;
                to++;
            }
            parts.add(new Branches(item, first + from, stem, choices.subList(from, to), given));
            from = to;
        }
        return parts;
    }

    int tokens() {
        return stem.length + choices.stream().mapToInt(choice -> choice.length).sum();
    }

    /** Tokens of all choices that are scored. */
    int scored() {
        return choices.stream().mapToInt(choice -> choice.length - given).sum();
    }
}
