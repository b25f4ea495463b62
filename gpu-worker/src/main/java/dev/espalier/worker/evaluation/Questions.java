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
 */
record Questions(Path file, List<ChoiceItem> items, List<Branches> branches) {
    /**
     * @param limit number of items; 0 for all
     * @param maxTokens longer items lose their beginning
     * @throws UserError if an item cannot be scored
     */
    static Questions read(Path file, int limit, Tokenizer tokenizer, int maxTokens) {
        List<ChoiceItem> items = ChoiceItem.read(file, limit);
        List<Branches> branches = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            branches.add(branches(file, i, items.get(i), tokenizer, maxTokens));
        }
        return new Questions(file, items, branches);
    }

    private static Branches branches(Path file, int index, ChoiceItem item, Tokenizer tokenizer, int maxTokens) {
        // a space at its end becomes part of the first word after it in most vocabularies, so it counts to the choices
        int query = tokenizer.encode(item.query().stripTrailing(), true).length;
        List<int[]> texts = item.choices().stream()
                .map(choice -> tokenizer.encode(item.query() + " " + choice, true))
                .toList();
        int shortest = texts.stream().mapToInt(text -> text.length).min().orElseThrow();
        int longest = texts.stream().mapToInt(text -> text.length).max().orElseThrow();
        if (query == 0 || shortest <= query || longest - query >= maxTokens) {
            throw new UserError(
                    file + ", item " + (index + 1) + ": the query is empty, or a choice has no tokens, or more"
                            + " than the " + maxTokens + " that the model takes");
        }
        int from = Math.max(0, longest - maxTokens);
        return Branches.of(
                index,
                texts.stream()
                        .map(text -> Arrays.copyOfRange(text, from, text.length))
                        .toList(),
                query - from);
    }
}
