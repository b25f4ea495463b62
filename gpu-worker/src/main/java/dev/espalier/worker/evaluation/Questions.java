package dev.espalier.worker.evaluation;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The questions of a choices file as tokens. As in lm-evaluation-harness, query + " " + choice is tokenised as one text,
 * since a tokenizer may begin every text with a space of its own, and the tokens after as many as the query alone has
 * are those of the choice.
 *
 * @param file where they are from
 * @param items as they are written
 * @param branches as they are scored, in the same order
 * @param longest tokens of the longest query with its choice
 * @param cut how many items lost their beginning
 */
record Questions(Path file, List<ChoiceItem> items, List<Branches> branches, int longest, int cut) {
    /**
     * @param limit number of items; 0 for all
     * @param maxTokens longer items lose their beginning
     * @throws UserError if an item cannot be scored
     */
    static Questions read(Path file, int limit, Tokenizer tokenizer, int maxTokens) {
        List<ChoiceItem> items = ChoiceItem.read(file, limit);
        List<Branches> branches = new ArrayList<>();
        int longest = 0;
        int cut = 0;
        for (ChoiceItem item : items) {
            int query = query(item, tokenizer);
            List<int[]> texts = item.choices().stream()
                    .map(choice -> tokenizer.encode(item.query() + " " + choice, true))
                    .toList();
            int most = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
            int fewest = texts.stream().mapToInt(text -> text.length).min().orElseThrow();
            if (query == 0 || fewest <= query || most - query >= maxTokens) {
                throw new UserError(
                        file + ", item " + (branches.size() + 1) + ": the query is empty, or a choice has no"
                                + " tokens, or more than the " + maxTokens + " that the model takes");
            }
            int from = Math.max(0, most - maxTokens);
            branches.add(Branches.of(branches.size(), without(from, texts), query - from));
            longest = Math.max(longest, most - from);
            cut += from > 0 ? 1 : 0;
        }
        return new Questions(file, items, branches, longest, cut);
    }

    /** Tokens of the query: those of a space at its end are the choices', since most vocabularies join it with them. */
    private static int query(ChoiceItem item, Tokenizer tokenizer) {
        return tokenizer.encode(item.query().stripTrailing(), true).length;
    }

    private static List<int[]> without(int first, List<int[]> texts) {
        return texts.stream()
                .map(text -> Arrays.copyOfRange(text, first, text.length))
                .toList();
    }
}
