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
 * are those of the choice. Where the tokenizer joins all of a choice with the query's end, lm-evaluation-harness gives up;
 * here all tokens are scored from the first on that a choice changes.
 *
 * @param file where they are from
 * @param items as they are written
 * @param branches as they are scored, in the same order
 * @param longest tokens of the longest query with its choice
 * @param cut how many items lost their beginning
 * @param joined how many have a choice that the tokenizer joins with the query
 */
record Questions(Path file, List<ChoiceItem> items, List<Branches> branches, int longest, int cut, int joined) {
    /**
     * @param limit number of items; 0 for all
     * @param maxTokens longer items lose their beginning
     * @throws UserError if an item cannot be scored
     */
    static Questions read(Path file, int limit, Tokenizer tokenizer, int maxTokens) {
        return of(file, ChoiceItem.read(file, limit), tokenizer, maxTokens);
    }

    /** @see #read */
    static Questions of(Path file, List<ChoiceItem> items, Tokenizer tokenizer, int maxTokens) {
        List<Branches> branches = new ArrayList<>();
        int longest = 0;
        int cut = 0;
        int joined = 0;
        for (ChoiceItem item : items) {
            int query = query(item, tokenizer);
            List<int[]> texts = item.choices().stream()
                    .map(choice -> tokenizer.encodeBeginning(item.query() + " " + choice))
                    .toList();
            int most = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
            int fewest = texts.stream().mapToInt(text -> text.length).min().orElseThrow();
            String where = file + ", item " + (branches.size() + 1);
            if (query == 0 || fewest < 2) {
                throw new UserError(where + ": the query is empty, so there is nothing that a choice could follow");
            }
            if (fewest <= query) {
                query = unchanged(item, texts, tokenizer, fewest - 1);
                joined++;
            }
            if (most - query >= maxTokens) {
                throw new UserError(where + ": a choice has " + (most - query) + " tokens, and the model takes "
                        + maxTokens + " together with something before them");
            }
            int from = Math.max(0, most - maxTokens);
            branches.add(Branches.of(branches.size(), without(from, texts), query - from));
            longest = Math.max(longest, most - from);
            cut += from > 0 ? 1 : 0;
        }
        return new Questions(file, items, branches, longest, cut, joined);
    }

    /** Of all queries with their choices, as they go through a model. */
    long tokens() {
        return branches.stream().mapToLong(Branches::tokens).sum();
    }

    /** Tokens of the query: those of a space at its end are the choices', since most vocabularies join it with them. */
    private static int query(ChoiceItem item, Tokenizer tokenizer) {
        return tokenizer.encodeBeginning(item.query().stripTrailing()).length;
    }

    /** So many first tokens of the query are those of every text, at least one and at most {@code most}. */
    private static int unchanged(ChoiceItem item, List<int[]> texts, Tokenizer tokenizer, int most) {
        int[] query = tokenizer.encodeBeginning(item.query().stripTrailing());
        int same = most;
        for (int[] text : texts) {
            int differs = Arrays.mismatch(query, text);
            same = differs < 0 ? same : Math.min(same, differs);
        }
        return Math.max(1, same);
    }

    private static List<int[]> without(int first, List<int[]> texts) {
        return texts.stream()
                .map(text -> Arrays.copyOfRange(text, first, text.length))
                .toList();
    }
}
