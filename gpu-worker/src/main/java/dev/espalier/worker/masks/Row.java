package dev.espalier.worker.masks;

/**
 * Units of one kind in one place: a row of a {@link MaskSet}.
 *
 * @param layer 0..L-1; 0 for hidden channels and for whole layers, which have one row in the network
 */
public record Row(Structure structure, int layer) {
    public static final Row HIDDEN = new Row(Structure.HIDDEN, 0);

    /** A unit a layer. */
    public static final Row LAYERS = new Row(Structure.LAYERS, 0);

    /** Two units: the layer's attention, then its FFN. */
    public static Row blocks(int layer) {
        return new Row(Structure.BLOCKS, layer);
    }

    public static Row heads(int layer) {
        return new Row(Structure.HEADS, layer);
    }

    public static Row ffn(int layer) {
        return new Row(Structure.FFN, layer);
    }
}
