package dev.espalier.worker.evaluation;

import java.util.List;

/**
 * Questions laid side by side, padded to the longest: tokens, their positions and branches [B*S], and what is predicted
 * after which token, question by question and choice by choice [N].
 */
final class BranchedBatch {
    private final int length;
    private final int[] ids;
    private final int[] positions;
    private final int[] branches;
    private final int[] at;
    private final int[] labels;
    private int predicted;

    BranchedBatch(List<Branches> items) {
        length = items.stream().mapToInt(Branches::tokens).max().orElseThrow();
        int predictions = items.stream().mapToInt(Branches::scored).sum();
        ids = new int[items.size() * length];
        positions = new int[ids.length];
        branches = new int[ids.length];
        at = new int[predictions];
        labels = new int[predictions];
        for (int row = 0; row < items.size(); row++) {
            fill(items.get(row), row * length);
        }
    }

    private void fill(Branches item, int start) {
        int stem = item.stem().length;
        for (int i = 0; i < stem; i++) {
            put(start + i, item.stem()[i], i, 0);
        }
        int next = start + stem;
        for (int c = 0; c < item.choices().size(); c++) {
            int[] choice = item.choices().get(c);
            for (int i = 0; i < choice.length; i++) {
                if (i >= item.given()) {
                    at[predicted] = i == 0 ? start + stem - 1 : next - 1;
                    labels[predicted++] = choice[i];
                }
                put(next++, choice[i], stem + i, 1 + c);
            }
        }
    }

    private void put(int index, int id, int position, int branch) {
        ids[index] = id;
        positions[index] = position;
        branches[index] = branch;
    }

    int length() {
        return length;
    }

    int[] ids() {
        return ids;
    }

    int[] positions() {
        return positions;
    }

    int[] branches() {
        return branches;
    }

    int[] at() {
        return at;
    }

    int[] labels() {
        return labels;
    }
}
