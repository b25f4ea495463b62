package dev.espalier.worker.evaluation;

import java.util.List;

/**
 * A question as a sequence that branches.
 *
 * @param item its index in the file
 * @param query its tokens, at least one
 * @param choices tokens of each choice
 */
record Branches(int item, int[] query, List<int[]> choices) {
    int tokens() {
        return query.length + choices.stream().mapToInt(choice -> choice.length).sum();
    }
}
