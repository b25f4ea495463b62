package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.espalier.methods.layers.Repairing;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Fits the down_proj before a run of layers that are gone, so that what streams out of it is what streamed out of the run
 * (docs/methods/layers.md): the least squares of a linear map of its output (ReplaceMe, arXiv 2505.02819), or of the weight
 * itself.
 */
final class Repair {
    /** Ridges, as shares of the mean diagonal. */
    private static final double TRANSFORM_DAMPING = 1e-6;

    private static final double REFIT_DAMPING = 0.01;

    /** Inputs must be far fewer than tokens, or the fit learns these by heart. */
    static final int TOKENS_PER_INPUT = 16;

    private final Depth depth;
    private final Torch torch;

    Repair(Depth depth) {
        this.depth = depth;
        this.torch = depth.torch();
    }

    /**
     * The down_proj of layer {@code layer} for each way that is asked for.
     *
     * @param scope owns what is returned
     * @param before what streams into that layer of the smaller model, chunk by chunk [T,d]
     * @param targets what streamed out of the run of the intact model, in the same chunks [T,d]
     * @param rows of each chunk
     */
    Map<Repairing, NDArray> fitted(
            NDManager scope, int layer, NDList before, NDList targets, List<int[][]> rows, List<Repairing> ways) {
        Map<Repairing, NDArray> fitted = new EnumMap<>(Repairing.class);
        NDArray down = depth.down(layer);
        int outputs = (int) down.getShape().get(0);
        int inputs = (int) down.getShape().get(1);
        try (NDManager sums = torch.scope()) {
            // Of what nobody asks for, inputs x inputs numbers are not held.
            Map<Repairing, Normal> normals = new EnumMap<>(Repairing.class);
            if (ways.contains(Repairing.TRANSFORM)) {
                normals.put(Repairing.TRANSFORM, new Normal(sums, outputs, outputs));
            }
            if (ways.contains(Repairing.REFIT)) {
                normals.put(Repairing.REFIT, new Normal(sums, inputs, outputs));
            }
            for (int chunk = 0; chunk < before.size(); chunk++) {
                try (NDManager step = torch.scope()) {
                    NDList inner = depth.inner(step, before.get(chunk), rows.get(chunk).length, layer);
                    NDList missing = depth.missing(step, layer, targets.get(chunk), inner);
                    normals.forEach((way, normal) -> normal.add(
                            step, way == Repairing.TRANSFORM ? missing.get(0) : inner.get(1), missing.get(1)));
                }
            }
            normals.forEach((way, normal) -> fitted.put(
                    way,
                    way == Repairing.TRANSFORM
                            ? normal.solved(scope, "depth_transformed", down, TRANSFORM_DAMPING)
                            : normal.solved(scope, "depth_refitted", down, REFIT_DAMPING)));
        }
        return fitted;
    }

    /** The normal equations of a fit from {@code inputs} to {@code outputs}, float64. */
    private final class Normal {
        private final NDArray gram;
        private final NDArray cross;

        Normal(NDManager sums, int inputs, int outputs) {
            this.gram = sums.zeros(new Shape(inputs, inputs), DataType.FLOAT64);
            this.cross = sums.zeros(new Shape(inputs, outputs), DataType.FLOAT64);
        }

        /** @param x [T,inputs]; @param missing [T,outputs] */
        void add(NDManager step, NDArray x, NDArray missing) {
            torch.tensor(step, "depth_add", gram, cross, x, missing);
        }

        NDArray solved(NDManager scope, String kernel, NDArray down, double damping) {
            return torch.tensor(scope, kernel, down, gram, cross, damping);
        }
    }

    /** The ways that {@code wanted} allows with so much text. */
    static List<Repairing> ways(Repairing wanted, long tokens, long inputs) {
        List<Repairing> all = wanted == Repairing.AUTO
                ? List.of(Repairing.TRANSFORM, Repairing.REFIT)
                : wanted == Repairing.NONE ? List.of() : List.of(wanted);
        return all.stream()
                .filter(way ->
                        wanted != Repairing.AUTO || way != Repairing.REFIT || tokens >= TOKENS_PER_INPUT * inputs)
                .toList();
    }

    /** Runs of neighbours among layers that are gone. @param gone ascending; @return [first, last + 1] of each */
    static List<int[]> runs(List<Integer> gone) {
        int[] starts = gone.stream()
                .mapToInt(Integer::intValue)
                .filter(layer -> !gone.contains(layer - 1))
                .toArray();
        return Arrays.stream(starts)
                .mapToObj(start -> {
                    int end = start;
                    while (gone.contains(end)) {
                        end++;
                    }
                    return new int[] {start, end};
                })
                .toList();
    }
}
