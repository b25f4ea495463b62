package dev.espalier.worker.masks;

/**
 * Units of one kind in one place: a row of a {@link MaskSet}.
 *
 * @param layer 0..L-1; 0 for hidden channels, which belong to the whole network
 */
public record Row(Structure structure, int layer) {
    public static final Row HIDDEN = new Row(Structure.HIDDEN, 0);

    public static Row heads(int layer) {
        return new Row(Structure.HEADS, layer);
    }

    public static Row ffn(int layer) {
        return new Row(Structure.FFN, layer);
    }
}
