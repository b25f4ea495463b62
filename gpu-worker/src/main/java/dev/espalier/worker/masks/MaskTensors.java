package dev.espalier.worker.masks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;

/** Masks on their way to the kernels, which want one value per query head, and their gradients on the way back. */
public final class MaskTensors {
    private MaskTensors() {}

    /** [hidden, heads of layer 0, ffn of layer 0, ...] for {@code Variant.masks}. */
    public static NDList upload(Torch torch, NDManager scope, MaskSet gates, int queryHeadsPerUnit) {
        NDList masks = new NDList();
        double[][] rows = gates.rows();
        for (int i = 0; i < rows.length; i++) {
            float[] values = i % 2 == 1 ? repeated(rows[i], queryHeadsPerUnit) : repeated(rows[i], 1);
            masks.add(torch.floats(scope, values, values.length));
        }
        return masks;
    }

    /** The gradients of the gates; those of a unit's query heads are summed. */
    public static MaskSet download(NDList gradients, int queryHeadsPerUnit) {
        double[][] rows = new double[gradients.size()][];
        for (int i = 0; i < rows.length; i++) {
            NDArray gradient = gradients.get(i);
            float[] values = gradient.size() == 0 ? new float[0] : gradient.toFloatArray();
            int repeat = i % 2 == 1 ? queryHeadsPerUnit : 1;
            rows[i] = new double[values.length / repeat];
            for (int j = 0; j < values.length; j++) {
                rows[i][j / repeat] += values[j];
            }
        }
        return MaskSet.ofRows(rows);
    }

    private static float[] repeated(double[] row, int times) {
        float[] out = new float[row.length * times];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) row[i / times];
        }
        return out;
    }
}
