package dev.espalier.worker.training;

/** Training sequences by number: the same number gives the same tokens, whoever asks. */
@FunctionalInterface
public interface Batches {
    /** @return {@code count} rows of token ids, all of one length */
    int[][] batch(long firstSequence, int count);
}
