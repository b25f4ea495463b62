package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.worker.torch.Torch;

/** Sums over the inputs x_j of o_proj and down_proj, in float64. */
public enum InputStatistic implements Statistic {
    /** Sum of x_j^2 [F], every token as it is. */
    MOMENTS("moments_add") {
        @Override
        Shape shape(int inputs) {
            return new Shape(inputs);
        }

        @Override
        NDArray added(Torch torch, NDManager step, Tokens tokens) {
            return tokens.inputs();
        }
    },

    /**
     * X^T X [F,F], each token divided by the RMS of the stream after the sub-block: what reads it is a norm, so an error
     * counts relative to that (docs/methods/closed-form.md). Where the sub-block's output is normed itself, an error also
     * counts relative to that output.
     */
    GRAM("gram_add") {
        @Override
        Shape shape(int inputs) {
            return new Shape(inputs, inputs);
        }

        @Override
        NDArray added(Torch torch, NDManager step, Tokens tokens) {
            return torch.tensor(step, "weighted_tokens", tokens.inputs(), tokens.after(), tokens.gain());
        }
    },

    /** The part of {@link #GRAM} that is of {@link Statistic.Text#firstHeldOut held-out} sequences [F,F]. */
    HELD_OUT_GRAM("gram_add") {
        @Override
        Shape shape(int inputs) {
            return GRAM.shape(inputs);
        }

        @Override
        NDArray added(Torch torch, NDManager step, Tokens tokens) {
            int before = Math.max(0, tokens.text().firstHeldOut() - tokens.first());
            return torch.tensor(
                    step,
                    "later_rows",
                    GRAM.added(torch, step, tokens),
                    Math.min(before, tokens.sequences()) * tokens.text().length());
        }
    };

    private final String kernel;

    InputStatistic(String kernel) {
        this.kernel = kernel;
    }

    abstract Shape shape(int inputs);

    /** @return what the kernel adds [T,F] */
    abstract NDArray added(Torch torch, NDManager step, Tokens tokens);

    @Override
    public NDArray start(NDManager scope, int inputs, Text text) {
        return scope.zeros(shape(inputs), DataType.FLOAT64);
    }

    @Override
    public void add(Torch torch, NDManager step, NDArray sum, Tokens tokens) {
        torch.tensor(step, kernel, sum, added(torch, step, tokens));
    }
}
