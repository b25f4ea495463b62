package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Which columns of o_proj or down_proj belong to each unit.
 *
 * @param columns [units][columns of a unit], as many in each
 */
public record UnitColumns(int[][] columns) {

    /** The head units of o_proj. */
    public static UnitColumns heads(PrunableShape shape) {
        return of(shape.headUnits(), shape.queryHeadsPerUnit() * shape.headSize());
    }

    /** The channels of down_proj. */
    public static UnitColumns ffn(PrunableShape shape) {
        return of(shape.intermediate(), 1);
    }

    private static UnitColumns of(int units, int width) {
        return new UnitColumns(IntStream.range(0, units)
                .mapToObj(unit ->
                        IntStream.range(unit * width, (unit + 1) * width).toArray())
                .toArray(int[][]::new));
    }

    public int units() {
        return columns.length;
    }

    /** All columns of these units. */
    public int[] of(int[] units) {
        return Arrays.stream(units)
                .flatMap(unit -> Arrays.stream(columns[unit]))
                .toArray();
    }

    /** For each unit the sum over its columns. */
    public double[] sums(IntToDoubleFunction column) {
        double[] sums = new double[columns.length];
        for (int unit = 0; unit < sums.length; unit++) {
            for (int at : columns[unit]) {
                sums[unit] += column.applyAsDouble(at);
            }
        }
        return sums;
    }

    /** [units, columns of a unit] int64. */
    public NDArray tensor(Torch torch, NDManager scope) {
        int[] flat = Arrays.stream(columns).flatMapToInt(Arrays::stream).toArray();
        return torch.ints(scope, flat, columns.length, columns[0].length);
    }
}
