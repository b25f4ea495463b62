package dev.espalier.methods.minitron.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.torch.Torch;

/** Of each input x_j the sum over sequences of (mean over its tokens of |x_j|)^2, float64 [F]. */
enum Activity implements Statistic {
    OF_INPUTS;

    /** Its kernels. */
    static final String KERNELS = "minitron.py";

    @Override
    public NDArray start(NDManager scope, int inputs, Text text) {
        return scope.zeros(new Shape(inputs), DataType.FLOAT64);
    }

    @Override
    public void add(Torch torch, NDManager step, NDArray sum, Tokens tokens) {
        torch.tensor(step, "activity_add", sum, tokens.inputs(), tokens.sequences());
    }
}
