package dev.espalier.protocol;

import dev.espalier.protocol.data.Cursor;

/**
 * What an assignment of a training stage covers.
 *
 * @param firstStep of the stage, counted from 0
 * @param steps training steps; 0 for work that is not training
 * @param lane the chain of slices, counted from 0, whose optimizer moments it goes on with
 * @param base student versions of the run when it was handed out: the newest of them is what it starts from
 * @param data where its first step goes on in the training texts
 */
public record Slice(int firstStep, int steps, int lane, int base, Cursor data) {
    /** Of work that is not training. */
    public static final Slice NONE = new Slice(0, 0, 0, 0);

    /** Of which it is still to be said, or was not in earlier versions, where it goes on in the texts. */
    public Slice(int firstStep, int steps, int lane, int base) {
        this(firstStep, steps, lane, base, Cursor.NONE);
    }

    public Slice at(Cursor cursor) {
        return new Slice(firstStep, steps, lane, base, cursor);
    }
}
