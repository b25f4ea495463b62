package dev.espalier.worker.masks;

import java.util.Arrays;

/**
 * Gates of whole layers and sub-blocks, as gates of the units in them: a unit's own gate times its sub-block's times its
 * layer's, which is what kernels apply and what the smaller model is cut by.
 */
public final class DepthGates {
    private DepthGates() {}

    /**
     * What the layer and the sub-block multiply a row of heads or channels with.
     *
     * @return 1 where neither is masked
     */
    static double around(MaskSet gates, Row row) {
        return ofLayer(gates, row) * ofBlock(gates, row);
    }

    private static double ofLayer(MaskSet gates, Row row) {
        double[] layers = gates.hasDepth() ? gates.row(Row.LAYERS) : new double[0];
        return layers.length == 0 ? 1 : layers[row.layer()];
    }

    private static double ofBlock(MaskSet gates, Row row) {
        double[] blocks = gates.hasDepth() ? gates.row(Row.blocks(row.layer())) : new double[0];
        return blocks.length == 0 ? 1 : blocks[block(row)];
    }

    /** Place of a row's sub-block in {@link Row#blocks}. */
    static int block(Row row) {
        return switch (row.structure()) {
            case HEADS -> 0;
            case FFN -> 1;
            case HIDDEN, LAYERS, BLOCKS -> throw new IllegalArgumentException(row + " is of no sub-block");
        };
    }

    /** The same gates without depth: what is around a row is in it. Sets without depth stay as they are. */
    public static MaskSet onUnits(PrunableShape shape, MaskSet gates) {
        if (!gates.hasDepth()) {
            return gates;
        }
        double[][] heads = new double[shape.layers()][];
        double[][] ffn = new double[shape.layers()][];
        for (int layer = 0; layer < shape.layers(); layer++) {
            heads[layer] = inside(gates, Row.heads(layer), shape.headUnits());
            ffn[layer] = inside(gates, Row.ffn(layer), shape.intermediate());
        }
        return MaskSet.of(gates.hidden(), heads, ffn);
    }

    private static double[] inside(MaskSet gates, Row row, int units) {
        double around = around(gates, row);
        return Arrays.stream(own(gates, row, units)).map(gate -> gate * around).toArray();
    }

    /** Ones where the units are not masked themselves. */
    private static double[] own(MaskSet gates, Row row, int units) {
        double[] own = gates.row(row);
        if (own.length > 0) {
            return own;
        }
        double[] ones = new double[units];
        Arrays.fill(ones, 1);
        return ones;
    }

    /**
     * From the gradient of {@link #onUnits} to that of the gates: the chain rule.
     *
     * @param units like what {@code onUnits} returned
     */
    static MaskSet gradient(MaskSet gates, MaskSet units) {
        if (!gates.hasDepth()) {
            return units;
        }
        MaskSet gradient = MaskSet.zeros(gates);
        System.arraycopy(units.hidden(), 0, gradient.hidden(), 0, units.hidden().length);
        for (Row row : units.rows()) {
            if (row.structure() != Structure.HIDDEN) {
                inside(gates, row, units.row(row), gradient);
            }
        }
        return gradient;
    }

    private static void inside(MaskSet gates, Row row, double[] units, MaskSet gradient) {
        double[] own = own(gates, row, units.length);
        double[] into = gradient.row(row);
        double around = around(gates, row);
        double whole = 0;
        for (int i = 0; i < units.length; i++) {
            whole += units[i] * own[i];
            if (into.length > 0) {
                into[i] = units[i] * around;
            }
        }
        double[] layers = gradient.row(Row.LAYERS);
        if (layers.length > 0) {
            layers[row.layer()] += whole * ofBlock(gates, row);
        }
        double[] blocks = gradient.row(Row.blocks(row.layer()));
        if (blocks.length > 0) {
            blocks[block(row)] += whole * ofLayer(gates, row);
        }
    }
}
