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
     */
    NDArray start(NDManager scope, int inputs);

    /** Adds some tokens to {@code sum}, in place. */
    void add(Torch torch, NDManager step, NDArray sum, Tokens tokens);

    /**
     * Tokens on their way through a sub-block.
     *
     * @param before the residual stream [T,d]
     * @param inputs of o_proj or down_proj [T,F]
     * @param after the residual stream with what the sub-block adds [T,d]
     */
    record Tokens(NDArray before, NDArray inputs, NDArray after) {}
}
