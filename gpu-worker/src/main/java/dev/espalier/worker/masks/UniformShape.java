package dev.espalier.worker.masks;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;

/**
 * How many units every layer keeps, the same in all layers, so that stock loaders take the result: hidden channels,
 * query heads per KV head, KV heads, FFN channels. Hidden size stays divisible by the number of query heads, which
 * transformers insists on (export_formats.md section 1.1).
 */
public record UniformShape(int hidden, int queryHeads, int kvHeads, int intermediate) {
    /** Further from the target than this, the user shall say what she wants. */
    private static final double TOLERANCE = 0.005;

    private static final int BISECTIONS = 64;

    public double sparsity(PrunableShape shape) {
        return sparsity(shape, hidden, queryHeads, kvHeads, intermediate);
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
        return new UniformShape(
                between(shape.hidden(), hidden, progress),
                between(shape.queryHeads(), queryHeads, progress),
                between(shape.kvHeads(), kvHeads, progress),
                between(shape.intermediate(), intermediate, progress));
    }

    private static int between(int from, int to, double progress) {
        return (int) Math.round(mix(from, to, progress));
    }

    /**
     * The shape nearest to {@code sparsity}. All dimensions that may be pruned give the same share; heads and hidden
     * channels are rounded first, and the FFN, the finest of them, makes up the difference.
     *
     * @param ffnMultiple FFN widths are multiples of this
     */
    public static UniformShape nearest(PrunableShape shape, double sparsity, int ffnMultiple) {
        UniformShape best = null;
        double share = Math.pow(1 - sparsity, shape.masks(Granularity.HIDDEN) ? 0.5 : 1);
        for (int kv = 1; kv <= shape.kvHeads(); kv++) {
            for (int perGroup = 1; perGroup <= shape.groupSize(); perGroup++) {
                if (!reachable(shape, kv, perGroup)) {
                    continue;
                }
                int hidden = hidden(shape, share, kv * perGroup);
                if (hidden == 0) {
                    continue;
                }
                UniformShape candidate = new UniformShape(
                        hidden, kv * perGroup, kv, intermediate(shape, sparsity, hidden, kv, perGroup, ffnMultiple));
                if (best == null || candidate.isBetter(best, shape, sparsity)) {
                    best = candidate;
                }
            }
        }
        if (best == null || Math.abs(best.sparsity(shape) - sparsity) > tolerance(shape, ffnMultiple)) {
            throw new UserError("prune.target.sparsity = " + sparsity + " cannot be reached with prune.granularity "
                    + shape.granularity() + " and export.uniform"
                    + (best == null ? "" : ": the nearest shape has " + best.sparsity(shape))
                    + "; add ffn to the granularity or choose another target");
        }
        return best;
    }

    /** Half a multiple of FFN channels in every layer, which the user asked for, is no reason to refuse. */
    private static double tolerance(PrunableShape shape, int ffnMultiple) {
        double multiple = (double) shape.layers() * ffnMultiple * shape.channelParameters() / shape.total();
        return Math.max(TOLERANCE, 0.501 * multiple);
    }

    private static boolean reachable(PrunableShape shape, int kv, int perGroup) {
        boolean heads = shape.masks(Granularity.HEADS);
        boolean groups = heads && shape.headUnit() == HeadUnit.GROUP;
        boolean queries = heads && shape.headUnit() == HeadUnit.QUERY;
        return (groups || kv == shape.kvHeads()) && (queries || perGroup == shape.groupSize());
    }

    private static int hidden(PrunableShape shape, double share, int heads) {
        if (!shape.masks(Granularity.HIDDEN)) {
            return shape.hidden() % heads == 0 ? shape.hidden() : 0;
        }
        int hidden = (int) Math.round(share * shape.hidden() / heads) * heads;
        return hidden <= shape.hidden() ? hidden : 0;
    }

    private static int intermediate(
            PrunableShape shape, double sparsity, int hidden, int kv, int perGroup, int multiple) {
        if (!shape.masks(Granularity.FFN)) {
            return shape.intermediate();
        }
        double perLayer = (1 - sparsity) * shape.total() / shape.layers() * shape.hidden() / hidden;
        double left = perLayer - kv * (perGroup * shape.queryHeadParameters() + shape.kvHeadParameters());
        int width = (int) Math.round(left / shape.channelParameters() / multiple) * multiple;
        return Math.max(multiple, Math.min(shape.intermediate(), width));
    }

    /** Nearer to the target by more than a tenth of a point, or as near and with attention pruned more like the FFN. */
    private boolean isBetter(UniformShape other, PrunableShape shape, double sparsity) {
        double mine = Math.abs(sparsity(shape) - sparsity);
        double theirs = Math.abs(other.sparsity(shape) - sparsity);
        if (Math.abs(mine - theirs) > 0.001) {
            return mine < theirs;
        }
        return imbalance(shape) < other.imbalance(shape);
    }

    private double imbalance(PrunableShape shape) {
        return Math.abs((double) queryHeads / shape.queryHeads() - (double) intermediate / shape.intermediate());
    }
}
