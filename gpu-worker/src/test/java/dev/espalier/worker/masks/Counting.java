package dev.espalier.worker.masks;

import dev.espalier.protocol.config.RunConfig.HeadUnit;

/** Parameters that hard gates leave, counted one by one, without the formulas under test. */
final class Counting {
    private Counting() {}

    static long parameters(PrunableShape shape, MaskSet gates) {
        long hidden = count(gates.hidden(), shape.hidden());
        long sum = 0;
        for (int layer = 0; layer < shape.layers(); layer++) {
            long query = 0;
            long kv = 0;
            for (int group = 0; group < shape.kvHeads(); group++) {
                long left = queryHeads(shape, gates.heads(layer), group);
                query += left;
                kv += left > 0 ? 1 : 0;
            }
            query *= there(gates, layer, 0);
            kv *= there(gates, layer, 0);
            sum += hidden * 2 * shape.headSize() * query;
            boolean stable = shape.faithful() && shape.kvHeads() != shape.queryHeads();
            sum += 2L * shape.headSize() * (stable ? (long) shape.hidden() * shape.kvHeads() : hidden * kv);
            sum += hidden * 3 * count(gates.ffn(layer), shape.intermediate()) * there(gates, layer, 1);
        }
        return sum;
    }

    /** 1 if neither the layer nor its sub-block is gone, else 0. */
    private static long there(MaskSet gates, int layer, int block) {
        if (!gates.hasDepth()) {
            return 1;
        }
        double[] layers = gates.row(Row.LAYERS);
        double[] blocks = gates.row(Row.blocks(layer));
        return (layers.length == 0 || layers[layer] != 0) && (blocks.length == 0 || blocks[block] != 0) ? 1 : 0;
    }

    private static long queryHeads(PrunableShape shape, double[] heads, int group) {
        int size = shape.queryHeads() / shape.kvHeads();
        if (heads.length == 0) {
            return size;
        }
        if (shape.headUnit() == HeadUnit.GROUP) {
            return heads[group] != 0 ? size : 0;
        }
        long left = 0;
        for (int i = 0; i < size; i++) {
            left += heads[group * size + i] != 0 ? 1 : 0;
        }
        return left;
    }

    static long count(double[] row, int unmasked) {
        if (row.length == 0) {
            return unmasked;
        }
        long count = 0;
        for (double gate : row) {
            count += gate != 0 ? 1 : 0;
        }
        return count;
    }
}
