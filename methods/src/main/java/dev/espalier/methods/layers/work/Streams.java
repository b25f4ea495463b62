package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How much layers turn the residual stream on its way through the intact model. */
final class Streams {
    private final Depth depth;

    Streams(Depth depth) {
        this.depth = depth;
    }

    /** Block influence: 1 - cosine of a layer's input and output, the mean over all tokens (arXiv 2403.03853) [L]. */
    double[] influence(int[][] rows) {
        double[] sums = new double[depth.layers()];
        long tokens = 0;
        for (int[][] chunk : Depth.chunks(rows)) {
            try (NDManager scope = depth.torch().scope()) {
                NDArray stream = depth.embedded(scope, chunk);
                tokens += stream.getShape().get(0);
                for (int layer = 0; layer < sums.length; layer++) {
                    NDArray after = depth.run(scope, stream, chunk.length, layer);
                    for (double cosine : cosines(depth.torch(), scope, stream, after)) {
                        sums[layer] += 1 - cosine;
                    }
                    stream.close();
                    stream = after;
                }
            }
        }
        double all = tokens;
        return Arrays.stream(sums).map(sum -> sum / all).toArray();
    }

    /**
     * Angular distance arccos(cosine) / pi of what streams into a run of layers and what streams out, at the last token of
     * each sequence, the mean over sequences (arXiv 2403.17887).
     *
     * @param length layers of a run
     * @return by the run's first layer [L - length + 1]
     */
    double[] angles(int[][] rows, int length) {
        double[] sums = new double[depth.layers() - length + 1];
        for (int[][] chunk : Depth.chunks(rows)) {
            try (NDManager scope = depth.torch().scope()) {
                List<NDArray> last = lastTokens(scope, chunk);
                for (int from = 0; from < sums.length; from++) {
                    for (double cosine : cosines(depth.torch(), scope, last.get(from), last.get(from + length))) {
                        sums[from] += Math.acos(cosine) / Math.PI;
                    }
                }
            }
        }
        return Arrays.stream(sums).map(sum -> sum / rows.length).toArray();
    }

    /** Of each sequence, what streams into layer 0, 1, ..., and out of the last: L + 1 tensors [B,d]. */
    private List<NDArray> lastTokens(NDManager scope, int[][] rows) {
        int length = rows[0].length;
        int[] at = new int[rows.length];
        for (int row = 0; row < at.length; row++) {
            at[row] = (row + 1) * length - 1;
        }
        NDArray rowsAt = depth.torch().ints(scope, at, at.length);
        List<NDArray> last = new ArrayList<>();
        NDArray stream = depth.embedded(scope, rows);
        for (int layer = 0; layer <= depth.layers(); layer++) {
            last.add(depth.torch().tensor(scope, "rows", stream, rowsAt));
            if (layer < depth.layers()) {
                NDArray after = depth.run(scope, stream, rows.length, layer);
                stream.close();
                stream = after;
            }
        }
        return last;
    }

    static double[] cosines(Torch torch, NDManager scope, NDArray before, NDArray after) {
        try (NDArray cosines = torch.tensor(scope, "depth_cosines", before, after)) {
            return cosines.toDoubleArray();
        }
    }
}
