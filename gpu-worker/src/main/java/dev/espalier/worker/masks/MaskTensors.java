package dev.espalier.worker.masks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.Iterator;

/** Masks on their way to the kernels, which want one value per query head, and their gradients on the way back. */
public final class MaskTensors {
    private MaskTensors() {}

    /** [hidden, heads of layer 0, ffn of layer 0, ...] for {@code Variant.masks}. */
    public static NDList upload(Torch torch, NDManager scope, MaskSet gates, int queryHeadsPerUnit) {
        NDList masks = new NDList();
        for (Row row : gates.rows()) {
            float[] values = repeated(gates.row(row), repeats(row, queryHeadsPerUnit));
            masks.add(torch.floats(scope, values, values.length));
        }
        return masks;
    }

    /**
     * The gradients of the gates; those of a unit's query heads are summed.
     *
     * @param gates that were uploaded
     */
    public static MaskSet download(MaskSet gates, NDList gradients, int queryHeadsPerUnit) {
        Iterator<NDArray> next = gradients.iterator();
        return gates.mapRows((row, units) -> {
            NDArray gradient = next.next();
            float[] values = gradient.size() == 0 ? new float[0] : gradient.toFloatArray();
            int repeat = repeats(row, queryHeadsPerUnit);
            double[] sums = new double[units.length];
            for (int i = 0; i < values.length; i++) {
                sums[i / repeat] += values[i];
            }
            return sums;
        });
    }

    private static int repeats(Row row, int queryHeadsPerUnit) {
        return row.structure() == Structure.HEADS ? queryHeadsPerUnit : 1;
    }

    private static float[] repeated(double[] row, int times) {
        float[] out = new float[row.length * times];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) row[i / times];
        }
        return out;
    }
}
