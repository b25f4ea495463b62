package dev.espalier.worker.masks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * One number for each maskable unit: logits, probabilities, gate values or gradients. Rows stand in a fixed order, the
 * kernels': hidden channels [d], then of each layer its heads [units] and its FFN channels [I]. A set that also has
 * {@link #withDepth depth} ends with the layers [L] and of each layer its sub-blocks [2]. A row of length 0 stands for
 * units that are not masked.
 */
public final class MaskSet {
    private static final String DEPTH = ";";

    private final Map<Row, double[]> rows;

    private MaskSet(Map<Row, double[]> rows) {
        this.rows = rows;
    }

    /**
     * @param hidden [d]
     * @param heads [L][units]
     * @param ffn [L][I]
     */
    public static MaskSet of(double[] hidden, double[][] heads, double[][] ffn) {
        List<double[]> values = new ArrayList<>();
        values.add(hidden);
        for (int layer = 0; layer < ffn.length; layer++) {
            values.add(heads[layer]);
            values.add(ffn[layer]);
        }
        return ofRows(values);
    }

    /** @param values of all rows without depth, in their order; the set keeps the arrays */
    private static MaskSet ofRows(List<double[]> values) {
        Map<Row, double[]> rows = new LinkedHashMap<>();
        int layers = (values.size() - 1) / 2;
        if (values.size() != 1 + 2 * layers) {
            throw new IllegalArgumentException(values.size() + " rows are not those of whole layers");
        }
        int at = 0;
        rows.put(Row.HIDDEN, values.get(at++));
        for (int layer = 0; layer < layers; layer++) {
            rows.put(Row.heads(layer), values.get(at++));
            rows.put(Row.ffn(layer), values.get(at++));
        }
        return new MaskSet(rows);
    }

    /**
     * This set's rows, followed by those of whole layers and sub-blocks.
     *
     * @param layers [L], or [0]
     * @param blocks [L][2], or [L][0]
     */
    MaskSet withDepth(double[] layers, double[][] blocks) {
        Map<Row, double[]> more = new LinkedHashMap<>(rows);
        more.put(Row.LAYERS, layers);
        for (int layer = 0; layer < blocks.length; layer++) {
            more.put(Row.blocks(layer), blocks[layer]);
        }
        return new MaskSet(more);
    }

    /** Whether there are rows of layers and sub-blocks. */
    boolean hasDepth() {
        return rows.containsKey(Row.LAYERS);
    }

    /** Zeros in the shape that {@link #lengths} wrote. */
    public static MaskSet ofLengths(String lengths) {
        String[] parts = lengths.split(DEPTH, 2);
        MaskSet set = ofRows(parsed(parts[0]));
        if (parts.length == 1) {
            return set;
        }
        List<double[]> depth = parsed(parts[1]);
        return set.withDepth(depth.get(0), depth.subList(1, depth.size()).toArray(double[][]::new));
    }

    private static List<double[]> parsed(String lengths) {
        return Arrays.stream(lengths.split(","))
                .map(length -> new double[Integer.parseInt(length)])
                .toList();
    }

    /** The rows' lengths as text; those of depth after a semicolon. */
    public String lengths() {
        StringBuilder text = new StringBuilder();
        rows.forEach((row, values) -> {
            if (!text.isEmpty()) {
                text.append(row.equals(Row.LAYERS) ? DEPTH : ",");
            }
            text.append(values.length);
        });
        return text.toString();
    }

    /** @param like gives the shape */
    public static MaskSet zeros(MaskSet like) {
        return like.map(x -> 0);
    }

    public static MaskSet filled(int hidden, int layers, int headUnits, int ffn, double value) {
        MaskSet set = of(new double[hidden], new double[layers][headUnits], new double[layers][ffn]);
        return set.map(x -> value);
    }

    /** All rows, in their order. */
    public Set<Row> rows() {
        return Collections.unmodifiableSet(rows.keySet());
    }

    /** The rows' values in their order. The arrays are this set's own. */
    public Collection<double[]> values() {
        return Collections.unmodifiableCollection(rows.values());
    }

    /** The set's own array. */
    public double[] row(Row row) {
        double[] values = rows.get(row);
        if (values == null) {
            throw new IllegalArgumentException("there is no row " + row);
        }
        return values;
    }

    public double[] hidden() {
        return row(Row.HIDDEN);
    }

    public double[] heads(int layer) {
        return row(Row.heads(layer));
    }

    public double[] ffn(int layer) {
        return row(Row.ffn(layer));
    }

    public int layers() {
        return (int) rows.keySet().stream()
                .filter(row -> row.structure() == Structure.FFN)
                .count();
    }

    /** What becomes of a row. */
    public interface RowOperator {
        /** @param values the set's own; @return others */
        double[] apply(Row row, double[] values);
    }

    public MaskSet mapRows(RowOperator f) {
        Map<Row, double[]> mapped = new LinkedHashMap<>();
        rows.forEach((row, values) -> mapped.put(row, f.apply(row, values)));
        return new MaskSet(mapped);
    }

    public MaskSet map(DoubleUnaryOperator f) {
        return mapRows((row, values) -> Arrays.stream(values).map(f).toArray());
    }

    /** Unit by unit; @param other of this one's shape */
    public MaskSet times(MaskSet other) {
        return mapRows((row, values) -> {
            double[] factors = other.row(row);
            double[] product = values.clone();
            for (int i = 0; i < product.length; i++) {
                product[i] *= factors[i];
            }
            return product;
        });
    }

    public MaskSet copy() {
        return map(x -> x);
    }

    /** Number of units. */
    public int size() {
        return rows.values().stream().mapToInt(row -> row.length).sum();
    }

    /** All units, row after row. */
    public double[] flat() {
        return rows.values().stream().flatMapToDouble(Arrays::stream).toArray();
    }

    /** A set of this one's shape with the values of {@link #flat}. */
    public MaskSet withFlat(double[] flat) {
        if (flat.length != size()) {
            throw new IllegalArgumentException("expected " + size() + " units, found " + flat.length);
        }
        int[] at = {0};
        return mapRows((row, values) -> {
            int from = at[0];
            at[0] += values.length;
            return Arrays.copyOfRange(flat, from, at[0]);
        });
    }
}
