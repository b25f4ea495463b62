package dev.espalier.worker.masks;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * One number for each maskable unit: logits, probabilities, gate values or gradients.
 *
 * @param hidden [d] residual channels, shared by the whole network; length 0 if hidden channels are not masked
 * @param heads [L][units] query heads or KV groups of each layer; rows of length 0 if heads are not masked
 * @param ffn [L][I] FFN channels of each layer; rows of length 0 if they are not masked
 */
public record MaskSet(double[] hidden, double[][] heads, double[][] ffn) {

    /** @param like gives the shape */
    public static MaskSet zeros(MaskSet like) {
        return like.map(x -> 0);
    }

    public static MaskSet filled(int hidden, int layers, int headUnits, int ffn, double value) {
        MaskSet set = new MaskSet(new double[hidden], new double[layers][headUnits], new double[layers][ffn]);
        return set.map(x -> value);
    }

    public int layers() {
        return ffn.length;
    }

    public MaskSet map(DoubleUnaryOperator f) {
        return new MaskSet(map(hidden, f), map(heads, f), map(ffn, f));
    }

    private static double[][] map(double[][] rows, DoubleUnaryOperator f) {
        return Arrays.stream(rows).map(row -> map(row, f)).toArray(double[][]::new);
    }

    private static double[] map(double[] row, DoubleUnaryOperator f) {
        return Arrays.stream(row).map(f).toArray();
    }

    /** All rows in a fixed order: hidden, then heads and ffn of each layer. The arrays are this set's own. */
    public double[][] rows() {
        double[][] rows = new double[1 + 2 * layers()][];
        rows[0] = hidden;
        for (int layer = 0; layer < layers(); layer++) {
            rows[1 + 2 * layer] = heads[layer];
            rows[2 + 2 * layer] = ffn[layer];
        }
        return rows;
    }

    /** The reverse of {@link #rows}. */
    public static MaskSet ofRows(double[][] rows) {
        int layers = (rows.length - 1) / 2;
        double[][] heads = new double[layers][];
        double[][] ffn = new double[layers][];
        for (int layer = 0; layer < layers; layer++) {
            heads[layer] = rows[1 + 2 * layer];
            ffn[layer] = rows[2 + 2 * layer];
        }
        return new MaskSet(rows[0], heads, ffn);
    }

    public MaskSet copy() {
        return map(x -> x);
    }

    /** Number of units. */
    public int size() {
        return Arrays.stream(rows()).mapToInt(row -> row.length).sum();
    }

    /** All units in the order of {@link #rows}. */
    public double[] flat() {
        return Arrays.stream(rows()).flatMapToDouble(Arrays::stream).toArray();
    }

    /** A set of this one's shape with the values of {@link #flat}. */
    public MaskSet withFlat(double[] flat) {
        double[][] rows = rows();
        int at = 0;
        for (int i = 0; i < rows.length; i++) {
            int length = rows[i].length;
            rows[i] = Arrays.copyOfRange(flat, at, at + length);
            at += length;
        }
        if (at != flat.length) {
            throw new IllegalArgumentException("expected " + at + " units, found " + flat.length);
        }
        return ofRows(rows);
    }
}
