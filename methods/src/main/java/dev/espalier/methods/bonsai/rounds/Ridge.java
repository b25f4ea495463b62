package dev.espalier.methods.bonsai.rounds;

/**
 * Least squares on vectors of -1 and 1 with a ridge: w minimises sum_p (y_p - x_p w)^2 + lambda |w|^2. lambda is the number of
 * coefficients, which is right if noise and all that x says have equal parts in y (docs/methods/bonsai.md).
 */
final class Ridge {
    private Ridge() {}

    /**
     * The coefficients.
     *
     * @param signs [P][C] true stands for 1
     * @param y [P]
     * @param count C, at least 1
     */
    static double[] fit(boolean[][] signs, double[] y, int count) {
        return y.length <= count ? dual(signs, y, count) : primal(signs, y, count);
    }

    /** w = X^T (X X^T + lambda I)^-1 y. */
    private static double[] dual(boolean[][] signs, double[] y, int count) {
        return projected(signs, solve(gram(signs, count, count), y.clone()), count);
    }

    /** w = (X^T X + lambda I)^-1 X^T y. */
    private static double[] primal(boolean[][] signs, double[] y, int count) {
        boolean[][] columns = new boolean[count][signs.length];
        for (int row = 0; row < signs.length; row++) {
            for (int column = 0; column < count; column++) {
                columns[column][row] = signs[row][column];
            }
        }
        return solve(gram(columns, signs.length, count), projected(signs, y, count));
    }

    /** X^T y. */
    private static double[] projected(boolean[][] signs, double[] y, int count) {
        double[] sums = new double[count];
        for (int row = 0; row < y.length; row++) {
            for (int column = 0; column < count; column++) {
                sums[column] += signs[row][column] ? y[row] : -y[row];
            }
        }
        return sums;
    }

    /** Inner products of the rows, {@code ridge} added to the diagonal: the lower triangle. @param length of a row */
    private static double[][] gram(boolean[][] rows, int length, double ridge) {
        long[][] bits = new long[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            bits[row] = bits(rows[row]);
        }
        double[][] gram = new double[rows.length][rows.length];
        for (int row = 0; row < rows.length; row++) {
            for (int other = 0; other <= row; other++) {
                int differ = 0;
                for (int word = 0; word < bits[row].length; word++) {
                    differ += Long.bitCount(bits[row][word] ^ bits[other][word]);
                }
                gram[row][other] = length - 2.0 * differ;
            }
            gram[row][row] += ridge;
        }
        return gram;
    }

    private static long[] bits(boolean[] signs) {
        long[] bits = new long[(signs.length + Long.SIZE - 1) / Long.SIZE];
        for (int i = 0; i < signs.length; i++) {
            bits[i / Long.SIZE] |= signs[i] ? 1L << i : 0;
        }
        return bits;
    }

    /** By Cholesky, in place. @param a the lower triangle of a positive definite matrix */
    private static double[] solve(double[][] a, double[] b) {
        for (int row = 0; row < b.length; row++) {
            for (int column = 0; column <= row; column++) {
                double sum = a[row][column];
                for (int k = 0; k < column; k++) {
                    sum -= a[row][k] * a[column][k];
                }
                a[row][column] = row == column ? Math.sqrt(sum) : sum / a[column][column];
            }
            for (int k = 0; k < row; k++) {
                b[row] -= a[row][k] * b[k];
            }
            b[row] /= a[row][row];
        }
        for (int row = b.length - 1; row >= 0; row--) {
            b[row] /= a[row][row];
            for (int k = 0; k < row; k++) {
                b[k] -= a[row][k] * b[row];
            }
        }
        return b;
    }
}
