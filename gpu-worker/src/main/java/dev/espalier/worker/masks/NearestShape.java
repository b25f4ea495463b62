package dev.espalier.worker.masks;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Looks for the {@link UniformShape} of a sparsity: tries all numbers of heads and hidden channels that loaders take, and
 * lets the FFN, the finest of the dimensions, make up the difference.
 */
final class NearestShape {
    /** Further from the target than this, the user shall say what she wants. */
    static final double TOLERANCE = 0.005;

    /** Shapes whose sparsities differ by less are as good as each other. */
    private static final double ALIKE = 0.001;

    private final PrunableShape shape;
    private final double sparsity;
    private final int ffnMultiple;

    private final UniformShape most;

    /** @param most units of a layer */
    NearestShape(PrunableShape shape, double sparsity, int ffnMultiple, UniformShape most) {
        this.shape = shape;
        this.sparsity = sparsity;
        this.ffnMultiple = ffnMultiple;
        this.most = most;
    }

    UniformShape find() {
        if (shape.masks(Granularity.FFN) && ffnMultiple > shape.intermediate()) {
            throw new UserError("export.ffn-multiple = " + ffnMultiple + " is more than the model's "
                    + shape.intermediate() + " FFN channels: make it smaller");
        }
        double nearest = candidates().mapToDouble(this::distance).min().orElseThrow();
        if (nearest > tolerance()) {
            throw new UserError("prune.target.sparsity = " + sparsity + " " + reason());
        }
        double near = Math.min(nearest + ALIKE, Math.max(nearest, closeness()));
        return candidates()
                .filter(candidate -> distance(candidate) <= near)
                .min(Comparator.comparingDouble(this::imbalance).thenComparingDouble(this::distance))
                .orElseThrow();
    }

    private double tolerance() {
        return Math.max(TOLERANCE, closeness());
    }

    /** What every target can be met to: half a multiple of FFN channels in every layer, which the user asked for. */
    private double closeness() {
        double multiple = (double) shape.layers() * ffnMultiple * shape.channelParameters() / shape.total();
        return shape.masks(Granularity.FFN) ? 0.501 * multiple : TOLERANCE;
    }

    /** Of each number of heads and hidden channels, the shape whose FFN comes nearest. */
    private Stream<UniformShape> candidates() {
        return kvHeads().boxed().flatMap(kv -> queryHeads(kv).boxed().flatMap(heads -> hiddenSizes(heads)
                .mapToObj(hidden -> new UniformShape(hidden, heads, kv, intermediate(hidden, heads, kv)))));
    }

    private IntStream kvHeads() {
        boolean pruned = shape.masks(Granularity.HEADS) && shape.headUnit() == HeadUnit.GROUP;
        return IntStream.rangeClosed(pruned ? 1 : most.kvHeads(), most.kvHeads());
    }

    private IntStream queryHeads(int kv) {
        boolean pruned = shape.masks(Granularity.HEADS) && shape.headUnit() == HeadUnit.QUERY;
        return IntStream.rangeClosed(pruned ? 1 : shape.groupSize(), shape.groupSize())
                .map(perGroup -> kv * perGroup);
    }

    /** Multiples of the number of heads; whoever loads a model that never was such a multiple does not ask for it. */
    private IntStream hiddenSizes(int heads) {
        int least = shape.masks(Granularity.HIDDEN) ? 1 : shape.hidden();
        boolean free = shape.hidden() % shape.queryHeads() != 0;
        IntStream multiples = IntStream.rangeClosed(1, shape.hidden() / heads)
                .map(factor -> factor * heads)
                .filter(hidden -> hidden >= least && !(free && hidden == shape.hidden()));
        return free ? IntStream.concat(multiples, IntStream.of(shape.hidden())) : multiples;
    }

    private int intermediate(int hidden, int heads, int kv) {
        if (!shape.masks(Granularity.FFN)) {
            return shape.intermediate();
        }
        double perLayer = (1 - sparsity) * shape.total() / shape.layers() * shape.hidden() / hidden;
        double left = perLayer - heads * shape.queryHeadParameters() - kv * shape.kvHeadParameters();
        long width = Math.round(left / shape.channelParameters() / ffnMultiple) * ffnMultiple;
        int widest = most.intermediate() / ffnMultiple * ffnMultiple;
        return (int) Math.max(ffnMultiple, Math.min(widest, width));
    }

    private double distance(UniformShape candidate) {
        return Math.abs(candidate.sparsity(shape) - sparsity);
    }

    /** How far apart the shares are that are kept of the dimensions which may be pruned. */
    private double imbalance(UniformShape candidate) {
        double least = 1;
        double most = 0;
        for (Granularity what : shape.granularity()) {
            double share =
                    switch (what) {
                        case HEADS -> (double) candidate.queryHeads() / shape.queryHeads();
                        case FFN -> (double) candidate.intermediate() / shape.intermediate();
                        case HIDDEN -> (double) candidate.hidden() / shape.hidden();
                        // None of these, or the layers left would not all be alike.
                        case LAYERS, BLOCKS -> 1;
                    };
            least = Math.min(least, share);
            most = Math.max(most, share);
        }
        return most - least;
    }

    private String reason() {
        double most = candidates()
                .mapToDouble(candidate -> candidate.sparsity(shape))
                .max()
                .orElseThrow();
        if (most < sparsity) {
            return "is more than can be taken of every layer alike with prune.granularity " + words(shape.granularity())
                    + ", which is " + rounded(most) + ": choose a smaller target" + others();
        }
        double below = candidates()
                .mapToDouble(candidate -> candidate.sparsity(shape))
                .filter(found -> found <= sparsity)
                .max()
                .orElse(0);
        double above = candidates()
                .mapToDouble(candidate -> candidate.sparsity(shape))
                .filter(found -> found > sparsity)
                .min()
                .orElseThrow();
        return "lies between two steps of what can be taken of every layer alike with prune.granularity "
                + words(shape.granularity()) + ", " + rounded(below) + " and " + rounded(above) + divisors()
                + ": choose one of these" + others();
    }

    /** Why head counts are missing, if some are. */
    private String divisors() {
        boolean fixed = shape.masks(Granularity.HEADS) && !shape.masks(Granularity.HIDDEN);
        List<Integer> possible = candidates().map(UniformShape::queryHeads).toList();
        return !fixed || possible.size() == shape.headUnits()
                ? ""
                : " (numbers of query heads must divide the hidden size of " + shape.hidden() + ", as only " + possible
                        + " do)";
    }

    private String others() {
        List<Granularity> absent = Stream.of(Granularity.HEADS, Granularity.FFN, Granularity.HIDDEN)
                .filter(what -> !shape.masks(what))
                .toList();
        return absent.isEmpty() ? "" : ", or add one of " + words(absent) + " to the granularity";
    }

    private static String words(Collection<Granularity> granularity) {
        return Stream.of(Granularity.values())
                .filter(granularity::contains)
                .map(what -> what.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private static String rounded(double share) {
        return String.format(Locale.ROOT, "%.4f", share);
    }
}
