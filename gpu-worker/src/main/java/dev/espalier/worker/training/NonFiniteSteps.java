package dev.espalier.worker.training;

import dev.espalier.protocol.UserError;

/**
 * Steps in a row whose loss or gradient was not finite. Such a step changes nothing, so that a training with nothing but
 * them would end with the weights that it began with; ten of them, or all that there are, mean that it diverged. Counted over
 * slices, which may be shorter than that.
 */
public final class NonFiniteSteps {
    static final int MOST = 10;

    /** What to do against a stage's divergence. */
    static final String LOWER =
            "lower the learning rate of the stage: prune.learning-rate or the method's own, recover.learning-rate, or"
                    + " pretrain.learning-rate.peak";

    private final String remedy;
    private int inARow;

    /** @param remedy what to do, such as {@code lower learning-rate.peak} */
    public NonFiniteSteps(String remedy) {
        this.remedy = remedy;
    }

    /**
     * Sees a step's outcome.
     *
     * @param step its number, from 0
     * @param finite whether loss and gradient were
     * @param steps of the whole training
     * @throws UserError if too many in a row were not: another try would see the same
     */
    public void see(int step, boolean finite, int steps) {
        inARow = finite ? 0 : inARow + 1;
        if (inARow == Math.min(MOST, steps)) {
            throw new UserError("loss or gradient was not finite in " + inARow + " steps in a row up to step " + step
                    + ", so that nothing was learnt in them: " + remedy);
        }
    }
}
