package dev.espalier.worker.masks;

import java.util.stream.IntStream;

/**
 * Units that earlier rounds took of the intact model. A later round's model has zeros in their places: nothing can be learnt
 * of them, and they must not count as cheap, dear or average among those that are left, nor ever come back.
 */
public final class Gone {
    /** In the first round. */
    public static final Gone NONE = new Gone(null);

    /** Mask logit of a unit that is gone: below all that training reaches, and without a gradient. */
    public static final double LOGIT = -100;

    private final MaskSet kept;

    private Gone(MaskSet kept) {
        this.kept = kept;
    }

    /** @param kept gates of 0 and 1 */
    public static Gone outside(MaskSet kept) {
        return new Gone(kept);
    }

    /** Those of the numbers that are about units which are left. */
    public MaskSet live(MaskSet all) {
        return kept == null
                ? all
                : all.mapRows((row, values) -> IntStream.range(0, values.length)
                        .filter(i -> kept.row(row)[i] != 0)
                        .mapToDouble(i -> values[i])
                        .toArray());
    }

    /** The other way round than {@link #live}, with one number for all that is gone. */
    public MaskSet back(MaskSet live, double gone) {
        return kept == null
                ? live
                : live.mapRows((row, values) -> {
                    double[] gates = kept.row(row);
                    double[] all = new double[values.length == 0 ? 0 : gates.length];
                    int at = 0;
                    for (int i = 0; i < all.length; i++) {
                        all[i] = gates[i] == 0 ? gone : values[at++];
                    }
                    return all;
                });
    }

    /** No layer can keep more than these of its units. */
    public UniformShape most(PrunableShape shape) {
        UniformShape intact = UniformShape.intact(shape);
        if (kept == null) {
            return intact;
        }
        int heads = shape.headUnits();
        int channels = shape.intermediate();
        for (int layer = 0; layer < kept.layers(); layer++) {
            heads = Math.min(heads, count(kept.heads(layer)));
            channels = Math.min(channels, count(kept.ffn(layer)));
        }
        int queries = heads * shape.queryHeadsPerUnit();
        return new UniformShape(shape.hidden(), queries, queries / shape.groupSize(), channels);
    }

    private static int count(double[] gates) {
        return (int) IntStream.range(0, gates.length).filter(i -> gates[i] != 0).count();
    }

    /** @throws IllegalStateException if one of the units that are kept is gone */
    public void requireOut(MaskSet keptNow) {
        if (kept != null) {
            keptNow.mapRows((row, gates) -> {
                for (int i = 0; i < gates.length; i++) {
                    if (gates[i] != 0 && kept.row(row)[i] == 0) {
                        throw new IllegalStateException("unit " + i + " of " + row
                                + " was removed in an earlier round, and" + " this one keeps it");
                    }
                }
                return gates;
            });
        }
    }
}
