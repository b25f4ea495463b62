package dev.espalier.worker.compensation;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The Kronecker product of curvature and Gram matrix written out: the second derivative of the loss in each pair of a
 * matrix's weights. What a removal costs by it is found by elimination, without any of the surgeon's formulas.
 *
 * @param curvature F [O,O]; @param gram G [I,I]; @param weight W [O,I]
 */
record DenseFisher(double[][] curvature, double[][] gram, double[][] weight) {

    /** The least of d^T (F x G) d over all changes d of the weights that bring these columns to 0. */
    double cost(int... columns) {
        int inputs = gram.length;
        int[] gone = weights(Arrays.stream(columns).sorted().toArray());
        int[] free = weights(IntStream.range(0, inputs)
                .filter(column -> Arrays.stream(columns).noneMatch(c -> c == column))
                .toArray());
        double[] at = Arrays.stream(gone)
                .mapToDouble(i -> -weight[i / inputs][i % inputs])
                .toArray();
        // Free weights are best where the derivative is 0: H_ff d_f = -H_fg d_g.
        double[][] system = new double[free.length][free.length + 1];
        for (int row = 0; row < free.length; row++) {
            for (int column = 0; column < free.length; column++) {
                system[row][column] = second(free[row], free[column]);
            }
            for (int column = 0; column < gone.length; column++) {
                system[row][free.length] -= second(free[row], gone[column]) * at[column];
            }
        }
        double[] best = solved(system);
        double[] change = new double[inputs * weight.length];
        IntStream.range(0, gone.length).forEach(i -> change[gone[i]] = at[i]);
        IntStream.range(0, free.length).forEach(i -> change[free[i]] = best[i]);
        double cost = 0;
        for (int i = 0; i < change.length; i++) {
            for (int j = 0; j < change.length; j++) {
                cost += change[i] * second(i, j) * change[j];
            }
        }
        return cost;
    }

    private int[] weights(int[] columns) {
        return IntStream.range(0, weight.length)
                .flatMap(row -> Arrays.stream(columns).map(column -> row * gram.length + column))
                .toArray();
    }

    private double second(int one, int other) {
        int inputs = gram.length;
        return curvature[one / inputs][other / inputs] * gram[one % inputs][other % inputs];
    }

    private static double[] solved(double[][] system) {
        int size = system.length;
        for (int pivot = 0; pivot < size; pivot++) {
            for (int row = 0; row < size; row++) {
                double factor = row == pivot ? 0 : system[row][pivot] / system[pivot][pivot];
                for (int column = pivot; column <= size && factor != 0; column++) {
                    system[row][column] -= factor * system[pivot][column];
                }
            }
        }
        return IntStream.range(0, size)
                .mapToDouble(row -> system[row][size] / system[row][row])
                .toArray();
    }
}
