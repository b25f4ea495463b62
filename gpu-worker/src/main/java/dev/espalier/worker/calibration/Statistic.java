package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;

/**
 * What a calibration pass adds up over the tokens that go through a sub-block, if a metric asks for it. Whoever needs
 * another one brings it along.
 */
public interface Statistic {
    /**
     * The sum over no tokens.
     *
     * @param inputs F of o_proj or down_proj
     * @param text that will be added
     */
    NDArray start(NDManager scope, int inputs, Text text);

    /** Adds some tokens to {@code sum}, in place. */
    void add(Torch torch, NDManager step, NDArray sum, Tokens tokens);

    /**
     * All calibration text.
     *
     * @param sequences how many there are, at least one
     * @param length tokens of each
     */
    record Text(int sequences, int length) {
        private static final int HELD_OUT = 10;

        /** The first of the last tenth, at least one, by which a fit to those before is judged; of a single one none is. */
        public int firstHeldOut() {
            return sequences < 2 ? sequences : sequences - Math.max(1, sequences / HELD_OUT);
        }
    }

    /**
     * Tokens on their way through a sub-block: whole sequences, one after the other.
     *
     * @param before the residual stream [T,d]
     * @param inputs of o_proj or down_proj [T,F]
     * @param after the residual stream with what the sub-block adds [T,d]
     * @param gain what an error of the projection's output is multiplied by on its way to the stream [T,1], where the
     *     output is normed; empty where it is not
     * @param text that they are of
     * @param first how many of its sequences came before these
     */
    record Tokens(NDArray before, NDArray inputs, NDArray after, NDArray gain, Text text, int first) {
        /** How many these are. */
        public int sequences() {
            return Math.toIntExact(inputs.getShape().get(0) / text.length());
        }
    }
}
