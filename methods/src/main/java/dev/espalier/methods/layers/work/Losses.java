package dev.espalier.methods.layers.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Losses of the model without some layers and one candidate each. What comes before a candidate is computed once for all
 * behind it, so that a candidate costs the layers that follow.
 */
final class Losses {
    private final Depth depth;

    Losses(Depth depth) {
        this.depth = depth;
    }

    /**
     * Mean loss a predicted token, nats, by candidate.
     *
     * @param done called with the number of candidates that are done, each counted once for every chunk of rows
     */
    Map<Integer, Double> of(int[][] rows, Collection<Integer> gone, List<Integer> candidates, IntConsumer done) {
        Map<Integer, Double> sums = new TreeMap<>();
        int[] kept = depth.kept(gone);
        int finished = 0;
        for (int[][] chunk : Depth.chunks(rows)) {
            try (NDManager before = depth.torch().scope()) {
                NDArray stream = depth.embedded(before, chunk);
                int at = 0;
                for (int candidate : candidates) {
                    int place = Arrays.binarySearch(kept, candidate);
                    try (NDManager step = depth.torch().scope()) {
                        NDArray moved = depth.run(step, stream, chunk.length, Arrays.copyOfRange(kept, at, place));
                        at = place;
                        double nll = depth.nll(step, moved, chunk, Arrays.copyOfRange(kept, place + 1, kept.length));
                        sums.merge(candidate, nll, Double::sum);
                        moved.attach(before);
                        stream.close();
                        stream = moved;
                    }
                    done.accept(++finished);
                }
            }
        }
        sums.replaceAll((candidate, sum) -> sum / Depth.predicted(rows));
        return sums;
    }
}
