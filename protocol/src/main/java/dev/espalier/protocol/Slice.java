package dev.espalier.protocol;

/**
 * What an assignment of a training stage covers.
 *
 * @param firstStep of the stage, counted from 0
 * @param steps training steps; 0 for work that is not training
 * @param lane the chain of slices, counted from 0, whose optimizer moments it goes on with
 * @param base student versions of the run when it was handed out: the newest of them is what it starts from
 */
public record Slice(int firstStep, int steps, int lane, int base) {
    /** Of work that is not training. */
    public static final Slice NONE = new Slice(0, 0, 0, 0);
}
