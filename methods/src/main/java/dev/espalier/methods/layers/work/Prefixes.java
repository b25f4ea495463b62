package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.worker.work.ResultTable;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Losses of all models that keep the first layers only, from one pass: the final norm and the head are applied to what streams
 * out of each layer.
 *
 * @param losses of the first 1, 2, .., L layers: mean a predicted token, nats
 */
record Prefixes(double[] losses) {
    /** @param done called with the number of layers that are done, each counted once for every chunk of rows */
    static Prefixes of(Depth depth, int[][] rows, IntConsumer done) {
        double[] sums = new double[depth.layers()];
        int finished = 0;
        for (int[][] chunk : Depth.chunks(rows)) {
            try (NDManager scope = depth.torch().scope()) {
                NDArray stream = depth.embedded(scope, chunk);
                for (int layer = 0; layer < sums.length; layer++) {
                    NDArray after = depth.run(scope, stream, chunk.length, layer);
                    stream.close();
                    stream = after;
                    try (NDManager step = depth.torch().scope()) {
                        sums[layer] += depth.nll(step, stream, chunk);
                    }
                    done.accept(++finished);
                }
            }
        }
        double predicted = Depth.predicted(rows);
        return new Prefixes(Arrays.stream(sums).map(sum -> sum / predicted).toArray());
    }

    /** Adds a table for the report: a row for each number of layers. What is no number becomes null. */
    void write(ObjectNode measurements) {
        ResultTable table = ResultTable.in(
                measurements,
                "The first layers alone",
                "The model's final norm and head after its first n layers, on calibration text, before any training.",
                "layers",
                "loss, nats a token",
                "perplexity");
        for (int layer = 0; layer < losses.length; layer++) {
            table.row(layer + 1, losses[layer], Math.exp(losses[layer]));
        }
    }
}
