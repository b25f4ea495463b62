package dev.espalier.protocol.config;

import dev.espalier.protocol.ModelShape;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.Collection;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.StringJoiner;

/** The numbers of a smaller model's shape that are asked for; what is absent is the model's own, or follows from a size. */
public record WantedShape(
        OptionalInt layers, OptionalInt hidden, OptionalInt heads, OptionalInt kvHeads, OptionalInt intermediate) {
    private static final int MOST = 1 << 24;
    private static final WantedShape NOTHING = new WantedShape(
            OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

    /** Reads a section whose keys may be absent, or 0 for it. */
    public static WantedShape read(StrictConfig shape) {
        return new WantedShape(
                count(shape, "layers"),
                count(shape, "hidden"),
                count(shape, "heads"),
                count(shape, "kv-heads"),
                count(shape, "intermediate"));
    }

    private static OptionalInt count(StrictConfig shape, String key) {
        int count = shape.integerOr(key, 0, MOST, 0);
        return count == 0 ? OptionalInt.empty() : OptionalInt.of(count);
    }

    public boolean isNothing() {
        return equals(NOTHING);
    }

    /**
     * The whole shape. Of heads and KV heads one may follow from the other.
     *
     * @param before the model's
     */
    public ModelShape in(ModelShape before, HeadUnit unit) {
        boolean byQuery = unit == HeadUnit.QUERY;
        int groupSize = before.heads() / before.kvHeads();
        int kept = kvHeads.orElse(
                byQuery || heads.isEmpty() ? before.kvHeads() : Math.max(1, heads.getAsInt() / groupSize));
        return new ModelShape(
                layers.orElse(before.layers()),
                hidden.orElse(before.hidden()),
                heads.orElse(byQuery ? before.heads() : kept * groupSize),
                kept,
                before.headDim(),
                intermediate.orElse(before.intermediate()));
    }

    /**
     * Judges a shape.
     *
     * @param key of the section that asks for it
     * @param granularity what can go
     * @throws UserError if it is none that pruning makes of the model, or that stock loaders take
     */
    public static void require(
            String key, ModelShape shape, ModelShape before, Collection<Granularity> granularity, HeadUnit headUnit) {
        Judge judge = new Judge(key, granularity);
        judge.within("layers", shape.layers(), before.layers(), Granularity.LAYERS);
        judge.within("hidden", shape.hidden(), before.hidden(), Granularity.HIDDEN);
        judge.within("heads", shape.heads(), before.heads(), Granularity.HEADS);
        judge.within("kv-heads", shape.kvHeads(), before.kvHeads(), Granularity.HEADS);
        judge.within("intermediate", shape.intermediate(), before.intermediate(), Granularity.FFN);
        judge.heads(shape, before, headUnit);
        if (!isWhole(shape, before)) {
            throw new UserError(key + ": a hidden size of " + shape.hidden() + " is no multiple of " + shape.heads()
                    + " query heads, which stock loaders insist on: take "
                    + (granularity.contains(Granularity.HIDDEN)
                            ? Math.max(1, shape.hidden() / shape.heads()) * shape.heads()
                            : "another number of heads"));
        }
    }

    /** Whether stock loaders take the hidden size with so many heads; where they did not before, as it was is as good. */
    public static boolean isWhole(ModelShape shape, ModelShape before) {
        boolean never = before.hidden() % before.heads() != 0;
        return shape.hidden() % shape.heads() == 0 || (never && shape.hidden() == before.hidden());
    }

    private record Judge(String key, Collection<Granularity> granularity) {
        void within(String name, int wanted, int all, Granularity what) {
            if (wanted > all) {
                throw new UserError(key + "." + name + " = " + wanted + " is more than the model's " + all
                        + ": pruning only takes away");
            }
            if (wanted < all && !granularity.contains(what)) {
                throw new UserError(key + "." + name + " = " + wanted + " is less than the model's " + all
                        + ", but prune.granularity leaves " + what.name().toLowerCase(Locale.ROOT) + " out: add it");
            }
        }

        void heads(ModelShape shape, ModelShape before, HeadUnit headUnit) {
            int groupSize = before.heads() / before.kvHeads();
            boolean wholeGroups = shape.heads() == shape.kvHeads() * groupSize;
            boolean ofEach = shape.kvHeads() == before.kvHeads() && shape.heads() % shape.kvHeads() == 0;
            if (!wholeGroups && !ofEach) {
                throw new UserError(key + ": " + shape.heads() + " query heads with " + shape.kvHeads()
                        + " KV heads are neither whole KV groups of the model, which have " + groupSize
                        + " query heads each, nor as many of each of its " + before.kvHeads()
                        + " groups: no stock model can hold what is left. Ask for heads = "
                        + shape.kvHeads() * groupSize + " with kv-heads = " + shape.kvHeads()
                        + ", or for a multiple of " + before.kvHeads() + " with kv-heads = " + before.kvHeads());
            }
            HeadUnit unit = wholeGroups ? HeadUnit.GROUP : HeadUnit.QUERY;
            if (shape.heads() != before.heads() && headUnit != unit) {
                throw new UserError(key + ": " + shape.heads() + " query heads with " + shape.kvHeads()
                        + " KV heads are " + (wholeGroups ? "whole KV groups" : "single query heads of each KV group")
                        + ": set prune.head-unit = " + unit.name().toLowerCase(Locale.ROOT));
            }
        }
    }

    /** As it is written. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(", ", "{ ", " }");
        layers.ifPresent(count -> text.add("layers = " + count));
        hidden.ifPresent(count -> text.add("hidden = " + count));
        heads.ifPresent(count -> text.add("heads = " + count));
        kvHeads.ifPresent(count -> text.add("kv-heads = " + count));
        intermediate.ifPresent(count -> text.add("intermediate = " + count));
        return text.toString();
    }
}
