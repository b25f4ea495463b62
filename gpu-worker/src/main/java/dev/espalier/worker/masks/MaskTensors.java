package dev.espalier.worker.masks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** Masks on their way to the kernels, which want one value per query head, and their gradients on the way back. */
public final class MaskTensors {
    private MaskTensors() {}

    /** [hidden, heads of layer 0, ffn of layer 0, ...] for {@code Variant.masks}. */
    public static NDList upload(Torch torch, NDManager scope, MaskSet gates, PrunableShape shape) {
        NDList masks = new NDList();
        MaskSet units = DepthGates.onUnits(shape, gates);
        for (Row row : units.rows()) {
            float[] values = repeated(units.row(row), repeats(row, shape));
            masks.add(torch.floats(scope, values, values.length));
        }
        return masks;
    }

    /**
     * Gates of each sequence of a batch's own: [hidden, heads of layer 0, ...] each [B, 1, units], for forward passes alone.
     *
     * @param gates one for each sequence
     */
    public static NDList uploadStacked(Torch torch, NDManager scope, List<MaskSet> gates, PrunableShape shape) {
        List<MaskSet> units =
                gates.stream().map(each -> DepthGates.onUnits(shape, each)).toList();
        NDList masks = new NDList();
        for (Row row : units.get(0).rows()) {
            int repeat = repeats(row, shape);
            float[][] values =
                    units.stream().map(each -> repeated(each.row(row), repeat)).toArray(float[][]::new);
            long[] stacked = {values.length, 1, values[0].length};
            masks.add(
                    values[0].length == 0
                            ? torch.empty(scope)
                            : torch.floats(
                                    scope, stacked, to -> Arrays.stream(values).forEach(to::put)));
        }
        return masks;
    }

    /**
     * The gradients of the gates; those of a unit's query heads are summed.
     *
     * @param gates that were uploaded
     */
    public static MaskSet download(MaskSet gates, NDList gradients, PrunableShape shape) {
        Iterator<NDArray> next = gradients.iterator();
        MaskSet ofUnits = DepthGates.onUnits(shape, gates).mapRows((row, units) -> {
            NDArray gradient = next.next();
            float[] values = gradient.size() == 0 ? new float[0] : gradient.toFloatArray();
            int repeat = repeats(row, shape);
            double[] sums = new double[units.length];
            for (int i = 0; i < values.length; i++) {
                sums[i / repeat] += values[i];
            }
            return sums;
        });
        return DepthGates.gradient(gates, ofUnits);
    }

    private static int repeats(Row row, PrunableShape shape) {
        return row.structure() == Structure.HEADS ? shape.queryHeadsPerUnit() : 1;
    }

    private static float[] repeated(double[] row, int times) {
        float[] out = new float[row.length * times];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) row[i / times];
        }
        return out;
    }
}
