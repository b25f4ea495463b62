package dev.espalier.worker.masks;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.Target;

/**
 * How many units every layer keeps, the same in all layers, so that stock loaders take the result: hidden channels,
 * query heads, KV heads, FFN channels. Hidden size stays divisible by the number of query heads, which transformers
 * insists on, unless the model never was such.
 */
public record UniformShape(int hidden, int queryHeads, int kvHeads, int intermediate) {
    private static final int BISECTIONS = 64;

    /** All units. */
    public static UniformShape intact(PrunableShape shape) {
        return new UniformShape(shape.hidden(), shape.queryHeads(), shape.kvHeads(), shape.intermediate());
    }

    public double sparsity(PrunableShape shape) {
        return sparsity(shape, hidden, queryHeads, kvHeads, intermediate);
    }

    /**
     * Units of which this keeps {@link #kept}: those of a row, or where single query heads go, of one KV group.
     *
     * @param row whose {@code length} units may be none
     */
    int partSize(PrunableShape shape, Row row, int length) {
        return keepsOfEachGroup(shape, row) ? shape.groupSize() : Math.max(1, length);
    }

    /** Units that stay of each {@link #partSize}. */
    public int kept(PrunableShape shape, Row row) {
        return switch (row.structure()) {
            case HIDDEN -> hidden;
            case LAYERS -> shape.layers();
            case BLOCKS -> 2;
            case FFN -> intermediate;
            case HEADS -> keepsOfEachGroup(shape, row) ? queryHeads / Math.max(1, kvHeads) : kvHeads;
        };
    }

    private static boolean keepsOfEachGroup(PrunableShape shape, Row row) {
        return row.structure() == Structure.HEADS && shape.headUnit() == HeadUnit.QUERY;
    }

    /** Head units of {@code shape} that this keeps in each layer. */
    public int headUnits(PrunableShape shape) {
        return queryHeads / shape.queryHeadsPerUnit();
    }

    /**
     * How far on the way from the intact shape to this one the share {@code share} of this shape's sparsity is reached.
     * Not the share itself if hidden channels go too, for sizes multiply.
     *
     * @return 0..1, for {@link #onTheWay}
     */
    public double progress(PrunableShape shape, double share) {
        double wanted = Math.min(1, share) * sparsity(shape);
        double low = 0;
        double high = 1;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            boolean less = sparsity(
                            shape,
                            mix(shape.hidden(), hidden, middle),
                            mix(shape.queryHeads(), queryHeads, middle),
                            mix(shape.kvHeads(), kvHeads, middle),
                            mix(shape.intermediate(), intermediate, middle))
                    < wanted;
            low = less ? middle : low;
            high = less ? high : middle;
        }
        return share >= 1 ? 1 : high;
    }

    private static double sparsity(
            PrunableShape shape, double hidden, double queryHeads, double kvHeads, double intermediate) {
        double kept = hidden
                / shape.hidden()
                * shape.layers()
                * (queryHeads * shape.queryHeadParameters()
                        + kvHeads * shape.kvHeadParameters()
                        + intermediate * shape.channelParameters());
        return 1 - kept / shape.total();
    }

    private static double mix(int from, int to, double progress) {
        return from + (to - from) * progress;
    }

    /** The counts at a share {@code progress} of the way from the intact shape to this one, rounded. */
    public UniformShape onTheWay(PrunableShape shape, double progress) {
        int kv = between(shape.kvHeads(), kvHeads, progress);
        return new UniformShape(
                between(shape.hidden(), hidden, progress),
                kv * between(shape.groupSize(), queryHeads / kvHeads, progress),
                kv,
                between(shape.intermediate(), intermediate, progress));
    }

    private static int between(int from, int to, double progress) {
        return (int) Math.round(mix(from, to, progress));
    }

    /**
     * What a run is to leave of each layer at the end of its last round: exactly the shape that it asks for, or the one
     * nearest to its sparsity.
     *
     * @param most what is left of each layer before that round
     * @throws UserError if there is none
     */
    public static UniformShape of(PrunableShape shape, RunConfig config, UniformShape most) {
        if (config.prune().target() instanceof Target.Shape exact) {
            ModelShape wanted = exact.wanted().in(shape.model(), shape.headUnit());
            return new UniformShape(wanted.hidden(), wanted.heads(), wanted.kvHeads(), wanted.intermediate());
        }
        return nearest(shape, config.prune().sparsity(), config.export().ffnMultiple(), most);
    }

    /**
     * The shape nearest to {@code sparsity}. Of those that are as near, the one that takes the same share of every
     * dimension that may be pruned.
     *
     * @param ffnMultiple FFN widths are multiples of this
     * @throws UserError if none is within half a point, or within half a multiple of FFN channels; says what can be had
     */
    public static UniformShape nearest(PrunableShape shape, double sparsity, int ffnMultiple) {
        return nearest(shape, sparsity, ffnMultiple, intact(shape));
    }

    /** @param most what is left of each layer; none keeps more */
    public static UniformShape nearest(PrunableShape shape, double sparsity, int ffnMultiple, UniformShape most) {
        return new NearestShape(shape, sparsity, ffnMultiple, most).find();
    }
}
