package dev.espalier.worker.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;

/** Index sets of columns as tensors. */
final class UnitTensors {
    private UnitTensors() {}

    /** [units, columns a unit] int64. */
    static NDArray of(Torch torch, NDManager scope, int[][] units) {
        int[] flat = Arrays.stream(units).flatMapToInt(Arrays::stream).toArray();
        return torch.ints(scope, flat, units.length, units[0].length);
    }
}
