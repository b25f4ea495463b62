package dev.espalier.worker.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;

/**
 * A text that grows token by token. Keys and values of what was read stay, in memory that is taken once for as many
 * positions as are to come, so that a token costs the same however long the text is, but for attention.
 */
public final class Continuation implements AutoCloseable {
    private final Decoder model;
    private final Torch torch;
    private final NDManager owner;
    private final NDList cache;
    private final int positions;
    private NDManager scope;
    private NDArray logits;
    private int length;

    /**
     * Reads the beginning of a text.
     *
     * @param beginning at least one token
     * @param positions the most tokens of beginning and continuation, as many as the decoder was loaded for
     */
    public Continuation(Decoder model, int[] beginning, int positions) {
        this.model = model;
        this.torch = model.torch();
        this.positions = positions;
        owner = torch.scope();
        scope = torch.scope();
        try {
            cache = model.cache(owner, positions);
            read(beginning);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** One more token. @throws IllegalStateException if the text is as long as it may become */
    public void append(int token) {
        scope.close();
        scope = torch.scope();
        read(token);
    }

    private void read(int... tokens) {
        if (length + tokens.length > positions) {
            throw new IllegalStateException("a text of " + length + " tokens may have " + positions);
        }
        logits = model.decode(scope, torch.ints(scope, tokens, 1, tokens.length), length, cache);
        length += tokens.length;
    }

    /** After the last token [V], until the next is appended. */
    public NDArray logits() {
        return logits;
    }

    /** Tokens so far. */
    public int length() {
        return length;
    }

    @Override
    public void close() {
        scope.close();
        owner.close();
    }
}
