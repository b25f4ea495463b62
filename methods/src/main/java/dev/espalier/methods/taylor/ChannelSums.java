package dev.espalier.methods.taylor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.calibration.GradientStatistic;
import dev.espalier.worker.calibration.LayerGradients;
import dev.espalier.worker.calibration.Metric.SubBlock;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.util.List;

/**
 * For each column of o_proj or down_proj, the sum of a Taylor term over the weights that belong to it, matrix by matrix,
 * float64 [matrices, F]: rows of q, k, v (or gate, up), then the column itself. w is a weight, g the gradient of the mean
 * cross-entropy there, F the mean square of the gradients of single sequences. Rows of a key/value head count in equal
 * parts for the query heads that share it.
 */
public enum ChannelSums implements GradientStatistic {
    /** w g, with its sign. */
    SIGNED,
    /** |w g| */
    FIRST,
    /** |w^2 F| */
    SECOND,
    /** |w g - w^2 F / 2| */
    MIXED,
    /** |w g - (w g)^2 / 2| */
    OWN_CURVATURE;

    /** Its kernels. */
    public static final String KERNELS = "taylor.py";

    private static final List<Slot> ATTENTION = List.of(Slot.Q, Slot.K, Slot.V, Slot.O);
    private static final List<Slot> FFN = List.of(Slot.GATE, Slot.UP, Slot.DOWN);

    @Override
    public boolean needsSquares() {
        return this == SECOND || this == MIXED;
    }

    @Override
    public NDArray of(Torch torch, NDManager step, Structure structure, LayerGradients layer) {
        NDList weights = new NDList();
        NDList means = new NDList();
        NDList squares = new NDList();
        for (Slot slot : structure == Structure.HEADS ? ATTENTION : FFN) {
            weights.add(layer.weight(slot));
            means.add(layer.mean(slot));
            if (needsSquares()) {
                squares.add(layer.square(slot));
            }
        }
        return torch.tensor(step, "taylor_sums", ordinal(), weights, means, squares, layer.headSize());
    }

    /** What was found for a sub-block: [matrices][F]. */
    public double[][] in(SubBlock block) {
        NDArray found = block.found(this);
        double[] flat = found.toDoubleArray();
        int matrices = Math.toIntExact(found.getShape().get(0));
        int columns = flat.length / matrices;
        double[][] sums = new double[matrices][columns];
        for (int matrix = 0; matrix < matrices; matrix++) {
            System.arraycopy(flat, matrix * columns, sums[matrix], 0, columns);
        }
        return sums;
    }
}
