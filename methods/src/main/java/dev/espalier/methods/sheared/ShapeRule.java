package dev.espalier.methods.sheared;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.protocol.config.Target;
import dev.espalier.protocol.config.WantedShape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/**
 * From what a configuration asks for to the shape of the smaller model (docs/methods/sheared.md, Shape): the numbers that
 * are given, and the model's own for the others; or if parameters or a sparsity are asked for, of the shapes that have
 * them the one whose structures keep most nearly the same share.
 */
public final class ShapeRule {
    /** Shapes that miss the target by so much of the intact model are as good as each other. */
    private static final double ALIKE = 0.001;

    private final RunConfig config;
    private final ShearedSettings settings;
    private final WantedShape wanted;
    private final String key;
    private final ModelShape before;
    private final ToLongFunction<ModelShape> parameters;

    /** @param parameters that a model of a shape has */
    public ShapeRule(RunConfig config, ModelShape before, ToLongFunction<ModelShape> parameters) {
        this.config = config;
        this.settings = ShearedKeys.of(config);
        boolean exact = config.prune().target() instanceof Target.Shape;
        this.wanted = config.prune().target() instanceof Target.Shape target ? target.wanted() : settings.shape();
        this.key = exact ? config.prune().target().key() : "prune.sheared.shape";
        this.before = before;
        this.parameters = parameters;
    }

    /** @throws UserError if there is no such shape, or no stock model can have it */
    public ModelShape shape() {
        ModelShape shape = isGiven() ? wanted.in(before, config.prune().headUnit()) : nearest();
        require(shape);
        return shape;
    }

    /** In words, with its numbers. */
    public String told() {
        ModelShape shape = shape();
        String size = String.format(Locale.ROOT, "%s, %,d parameters", shape, parameters.applyAsLong(shape))
                .replace(',', ' ')
                .replace("  ", ", ");
        if (isGiven()) {
            return size + ": as " + key + " says";
        }
        return size + ": of the shapes that come as near to " + wanted()
                + ", with a hidden size that heads and their width divide, the one that keeps most nearly the same share of "
                + "all that prune.granularity names";
    }

    private boolean isGiven() {
        return settings.parameters() == 0 && !wanted.isNothing();
    }

    private String wanted() {
        return settings.parameters() > 0
                ? String.format(Locale.ROOT, "prune.sheared.parameters = %.0f", settings.parameters())
                : "prune.target.sparsity = " + config.prune().sparsity();
    }

    private boolean prunes(Granularity what) {
        return config.prune().granularity().contains(what);
    }

    private boolean byQuery() {
        return config.prune().headUnit() == HeadUnit.QUERY;
    }

    private ModelShape nearest() {
        List<ModelShape> candidates = candidates();
        double nearest = candidates.stream().mapToDouble(this::distance).min().orElseThrow(this::none);
        if (nearest > 5 * ALIKE) {
            throw new UserError(wanted() + " cannot be met with prune.granularity "
                    + config.prune().granularity().toString().toLowerCase(Locale.ROOT)
                    + " and prune.sheared.shape: the nearest shape is "
                    + candidates.stream()
                            .min(Comparator.comparingDouble(this::distance))
                            .orElseThrow()
                    + ". Ask for that, or add to the granularity");
        }
        return candidates.stream()
                .filter(candidate -> distance(candidate) <= Math.max(nearest, ALIKE))
                .min(Comparator.comparingDouble(this::imbalance).thenComparingDouble(this::distance))
                .orElseThrow();
    }

    private UserError none() {
        return new UserError("no shape has what prune.sheared.shape asks for: leave some of it out");
    }

    /** Share of the intact model by which a shape misses the target. */
    private double distance(ModelShape shape) {
        return settings.parameters() > 0
                ? Math.abs(parameters.applyAsLong(shape) - settings.parameters()) / parameters.applyAsLong(before)
                : Math.abs(1
                        - (double) shape.prunable() / before.prunable()
                        - config.prune().sparsity());
    }

    /** For each number of layers, heads and hidden channels, the one whose FFN comes nearest. */
    private List<ModelShape> candidates() {
        List<ModelShape> candidates = new ArrayList<>();
        for (int layers : sizes(wanted.layers(), before.layers(), prunes(Granularity.LAYERS), 1)) {
            for (int units : heads()) {
                int kvHeads = byQuery() ? before.kvHeads() : units;
                int heads = byQuery() ? units * before.kvHeads() : units * (before.heads() / before.kvHeads());
                for (int hidden :
                        sizes(wanted.hidden(), before.hidden(), prunes(Granularity.HIDDEN), before.headDim())) {
                    ModelShape narrow = new ModelShape(layers, hidden, heads, kvHeads, before.headDim(), 1);
                    if (WantedShape.isWhole(narrow, before)) {
                        candidates.add(withIntermediate(narrow));
                    }
                }
            }
        }
        return candidates;
    }

    /** KV heads that stay, or query heads of each. */
    private List<Integer> heads() {
        int groupSize = before.heads() / before.kvHeads();
        OptionalInt given = byQuery()
                ? wanted.heads().isEmpty()
                        ? OptionalInt.empty()
                        : OptionalInt.of(wanted.heads().getAsInt() / before.kvHeads())
                : wanted.kvHeads().isPresent() || wanted.heads().isEmpty()
                        ? wanted.kvHeads()
                        : OptionalInt.of(wanted.heads().getAsInt() / groupSize);
        if (given.isPresent() || wanted.kvHeads().isPresent()) {
            requireHeads(byQuery() ? given.orElse(groupSize) * before.kvHeads() : given.getAsInt() * groupSize);
        }
        return sizes(given, byQuery() ? groupSize : before.kvHeads(), prunes(Granularity.HEADS), 1);
    }

    /** Numbers that are given stay, so they have to be numbers that whole KV groups, or as many heads of each, can have. */
    private void requireHeads(int heads) {
        int kvHeads = byQuery() ? before.kvHeads() : heads * before.kvHeads() / before.heads();
        if (heads == 0
                || wanted.heads().orElse(heads) != heads
                || wanted.kvHeads().orElse(kvHeads) != kvHeads) {
            throw new UserError(key + " = " + wanted + ": of " + before.heads() + " query heads and " + before.kvHeads()
                    + " KV heads there stay "
                    + (byQuery()
                            ? "as many query heads of each KV head (prune.head-unit = query): heads is a multiple of "
                                    + before.kvHeads() + ", kv-heads " + before.kvHeads()
                            : "whole KV groups (prune.head-unit = group): heads is a multiple of "
                                    + before.heads() / before.kvHeads() + ", kv-heads the number of these groups"));
        }
    }

    private static List<Integer> sizes(OptionalInt given, int all, boolean pruned, int multiple) {
        if (given.isPresent() || !pruned) {
            return List.of(given.orElse(all));
        }
        List<Integer> sizes = new ArrayList<>(IntStream.rangeClosed(1, all / multiple)
                .map(factor -> factor * multiple)
                .boxed()
                .toList());
        if (!sizes.contains(all)) {
            sizes.add(all);
        }
        return sizes;
    }

    private ModelShape withIntermediate(ModelShape narrow) {
        if (wanted.intermediate().isPresent() || !prunes(Granularity.FFN)) {
            return width(narrow, wanted.intermediate().orElse(before.intermediate()));
        }
        int multiple = config.export().ffnMultiple();
        double perChannel = 3.0 * narrow.layers() * narrow.hidden();
        double left = settings.parameters() > 0
                ? settings.parameters() - parameters.applyAsLong(narrow)
                : (1 - config.prune().sparsity()) * before.prunable() - narrow.prunable();
        long width = Math.round((1 + left / perChannel) / multiple) * multiple;
        int most = before.intermediate() / multiple * multiple;
        return width(narrow, (int) Math.max(multiple, Math.min(most, width)));
    }

    private static ModelShape width(ModelShape shape, int intermediate) {
        return new ModelShape(
                shape.layers(), shape.hidden(), shape.heads(), shape.kvHeads(), shape.headDim(), intermediate);
    }

    /** How far apart the shares are that structures keep. */
    private double imbalance(ModelShape shape) {
        List<Double> shares = new ArrayList<>();
        if (prunes(Granularity.LAYERS)) {
            shares.add((double) shape.layers() / before.layers());
        }
        if (prunes(Granularity.HIDDEN)) {
            shares.add((double) shape.hidden() / before.hidden());
        }
        if (prunes(Granularity.HEADS)) {
            shares.add((double) shape.heads() / before.heads());
        }
        if (prunes(Granularity.FFN)) {
            shares.add((double) shape.intermediate() / before.intermediate());
        }
        return shares.stream().mapToDouble(Double::doubleValue).max().orElse(0)
                - shares.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    }

    private void require(ModelShape shape) {
        WantedShape.require(
                key, shape, before, config.prune().granularity(), config.prune().headUnit());
        if (shape.equals(before)) {
            throw new UserError("prune.method = sheared is asked for the model's own shape, " + before
                    + ": name something smaller under " + key);
        }
    }
}
