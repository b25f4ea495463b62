package dev.espalier.protocol;

import java.util.Optional;

/**
 * The teacher of a training slice: the intact model, or the student as it was when its expected sparsity first
 * crossed {@code percent} per cent (NutePrune, section 3.2).
 *
 * @param snapshot the tagged student version; empty for the intact model
 * @param percent its sparsity threshold in per cent; 0 for the intact model
 */
public record Teacher(Optional<BlobRef> snapshot, int percent) {
    public static final Teacher INTACT = new Teacher(Optional.empty(), 0);

    public boolean intact() {
        return snapshot.isEmpty();
    }

    /** {@code "intact"} or the percentage: the value of {@code teacher} in metrics.jsonl. */
    public String word() {
        return intact() ? "intact" : Integer.toString(percent);
    }
}
