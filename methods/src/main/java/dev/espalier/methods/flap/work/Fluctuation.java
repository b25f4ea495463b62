package dev.espalier.methods.flap.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.torch.Torch;

/** Of each input x_j over all tokens: their number, sum x_j and sum x_j^2, float64 [3,F]. */
enum Fluctuation implements Statistic {
    OF_INPUTS;

    /** Its kernels. */
    static final String KERNELS = "flap.py";

    @Override
    public NDArray start(NDManager scope, int inputs, Text text) {
        return scope.zeros(new Shape(3, inputs), DataType.FLOAT64);
    }

    @Override
    public void add(Torch torch, NDManager step, NDArray sum, Tokens tokens) {
        torch.tensor(step, "fluctuation_add", sum, tokens.inputs());
    }

    /** @param sum of all tokens; @return the variance of each input [F] */
    static double[] variances(NDArray sum) {
        double[] sums = sum.toDoubleArray();
        int inputs = sums.length / 3;
        double[] variances = new double[inputs];
        for (int j = 0; j < inputs; j++) {
            double mean = sums[inputs + j] / sums[j];
            variances[j] = Math.max(0, sums[2 * inputs + j] / sums[j] - mean * mean);
        }
        return variances;
    }
}
