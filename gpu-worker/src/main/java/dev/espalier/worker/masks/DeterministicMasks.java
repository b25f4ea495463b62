package dev.espalier.worker.masks;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/** Masks without chance: for teachers, evaluation and the end of pruning. */
public final class DeterministicMasks {
    private static final double SHARP = 0.01;

    /** Of sums of shares. */
    private static final double ROUNDING = 1e-9;

    private final PrunableShape shape;

    public DeterministicMasks(PrunableShape shape) {
        this.shape = shape;
    }

    /**
     * The paper's: in each row round(n - sum p) units, those of the smallest soft value, are 0 and the others keep
     * their soft value (docs/methods/nuteprune.md, Deterministic masks; Python's round, half to even).
     */
    public static MaskSet soft(MaskSet logits) {
        return logits.mapRows((row, values) -> {
            double active = Arrays.stream(values)
                    .map(a -> HardConcrete.active(a, HardConcrete.BETA))
                    .sum();
            int zeros = (int) Math.rint(values.length - active);
            double[] gates = Arrays.stream(values).map(HardConcrete::soft).toArray();
            for (int unit : ascending(values, 0, values.length)
                    .limit(Math.max(0, zeros))
                    .toArray()) {
                gates[unit] = 0;
            }
            return gates;
        });
    }

    /** Exactly the counts of {@code end} in every layer: the units with the largest logits are 1, the others 0. */
    public MaskSet uniform(MaskSet logits, UniformShape end) {
        return logits.mapRows((row, values) -> {
            double[] gates = new double[values.length];
            int part = end.partSize(shape, row, values.length);
            for (int from = 0; from < values.length; from += part) {
                keep(values, gates, from, from + part, end.kept(shape, row));
            }
            return gates;
        });
    }

    private static void keep(double[] row, double[] gates, int from, int to, int count) {
        int[] order = ascending(row, from, to).toArray();
        for (int i = order.length - Math.min(count, order.length); i < order.length; i++) {
            gates[order[i]] = 1;
        }
    }

    private static IntStream ascending(double[] row, int from, int to) {
        return IntStream.range(from, to)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> row[i]))
                .mapToInt(Integer::intValue);
    }

    /**
     * For the target of a run; what is on the way there may be rounded up.
     *
     * @param sparsity share of the prunable parameters, 0..1
     * @throws UserError if even with one unit of each row left not as much would be gone
     */
    public void requireReachable(double sparsity) {
        requireReachable(sparsity, oneOfEach(), ", which leaves each layer one of a kind");
    }

    /** As {@link #requireReachable}, for methods that may leave a sub-block nothing. */
    public void requireReachableByAll(double sparsity) {
        requireReachable(sparsity, shape.filled(0), "");
    }

    private MaskSet oneOfEach() {
        return shape.filled(0).mapRows((row, values) -> {
            double[] one = new double[values.length];
            Arrays.fill(one, 0, Math.min(1, one.length), 1);
            return one;
        });
    }

    private void requireReachable(double sparsity, MaskSet least, String because) {
        double most = new ExpectedSparsity(shape).of(least);
        if (sparsity > most + ROUNDING) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "prune.target.sparsity = %s is more than can be taken with prune.granularity %s%s: %.4f."
                            + " Choose a smaller target, or let more go",
                    sparsity,
                    shape.granularity().stream()
                            .map(what -> what.name().toLowerCase(Locale.ROOT))
                            .sorted()
                            .toList(),
                    because,
                    Math.floor(most * 1e4) / 1e4));
        }
    }

    /**
     * Hard masks at the parameter budget, shapes free to differ: hidden channels as many as one threshold for all
     * logits leaves, then heads, channels, sub-blocks and layers by logit, lowest first, but for those that would
     * overshoot {@code sparsity} by more than half a channel; each row keeps at least one of its units, whether or not
     * that is as much as was asked for ({@link #requireReachable}).
     */
    public MaskSet budget(MaskSet logits, double sparsity) {
        MaskSet gates = logits.map(a -> 1);
        double[] hidden = logits.hidden();
        if (hidden.length > 0) {
            Arrays.fill(gates.hidden(), 0);
            keep(hidden, gates.hidden(), 0, hidden.length, hiddenCount(logits, sparsity));
        }
        ExpectedSparsity size = new ExpectedSparsity(shape);
        double reached = size.of(gates);
        PriorityQueue<Unit> queue = new PriorityQueue<>(Comparator.comparingDouble(Unit::logit));
        Map<Row, Integer> left = new HashMap<>();
        for (Row row : logits.rows()) {
            double[] values = logits.row(row);
            left.put(row, values.length);
            for (int i = 0; i < values.length && row.structure() != Structure.HIDDEN; i++) {
                queue.add(new Unit(row, i, values[i]));
            }
        }
        double hiddenShare =
                hidden.length == 0 ? 1 : Arrays.stream(gates.hidden()).sum() / hidden.length;
        // A head that would overshoot stays, for channels can fill the rest more exactly.
        double finest = shape.masks(Granularity.FFN)
                ? hiddenShare * shape.channelParameters() / shape.total()
                : Double.POSITIVE_INFINITY;
        while (!queue.isEmpty() && reached < sparsity) {
            Unit unit = queue.poll();
            double[] row = gates.row(unit.row());
            boolean gone = !isAroundUnits(unit.row()) && DepthGates.around(gates, unit.row()) == 0;
            if (left.get(unit.row()) <= 1 || gone) {
                continue;
            }
            double gain = gain(unit, gates, hiddenShare);
            if (reached + gain > sparsity + Math.min(gain, finest) / 2) {
                continue;
            }
            row[unit.index()] = 0;
            left.merge(unit.row(), -1, Integer::sum);
            reached += gain;
        }
        return gates;
    }

    /**
     * Only differences of logits mean something, since training shifts them all: so the count is taken where the
     * sparsity controller would shift them, sharpened until hardly any chance is left.
     */
    private int hiddenCount(MaskSet logits, double sparsity) {
        MaskSet shifted = new SparsityController(shape, Optional.empty(), sparsity)
                .project(logits.map(a -> a / SHARP), sparsity, HardConcrete.BETA);
        double active = Arrays.stream(shifted.hidden())
                .map(a -> HardConcrete.active(a, HardConcrete.BETA))
                .sum();
        int count = Math.max(1, (int) Math.rint(active));
        // Rounded so that hidden channels alone do not overshoot what FFN channels can fill more exactly.
        int all = shifted.hidden().length;
        return shape.masks(Granularity.FFN) ? Math.max(count, (int) Math.ceil(all * (1 - sparsity))) : count;
    }

    private record Unit(Row row, int index, double logit) {}

    /** Share of all parameters that goes with the unit now. */
    private double gain(Unit unit, MaskSet gates, double hiddenShare) {
        return switch (unit.row().structure()) {
            case HEADS -> hiddenShare * headParameters(unit.index(), gates.row(unit.row())) / shape.total();
            case FFN -> hiddenShare * shape.channelParameters() / shape.total();
            case LAYERS, BLOCKS -> difference(gates, unit);
            case HIDDEN -> throw new IllegalArgumentException("hidden channels are not removed one by one");
        };
    }

    /** With k and v if it is the last query head of its group. */
    private double headParameters(int index, double[] row) {
        double own = shape.queryHeadsPerUnit() * shape.queryHeadParameters();
        int size = shape.groupSize();
        int from = index / size * size;
        boolean last = shape.headUnit() == HeadUnit.GROUP
                || Arrays.stream(row, from, from + size).sum() <= 1;
        return own + (last ? shape.kvHeadParameters() : 0);
    }

    /** What is left in a layer or sub-block is counted anew: there are few of them. */
    private double difference(MaskSet gates, Unit unit) {
        ExpectedSparsity size = new ExpectedSparsity(shape);
        MaskSet without = gates.copy();
        without.row(unit.row())[unit.index()] = 0;
        return size.of(without) - size.of(gates);
    }

    private static boolean isAroundUnits(Row row) {
        return row.structure() == Structure.LAYERS || row.structure() == Structure.BLOCKS;
    }

    /** Hard masks at any sparsity up to {@code finalSparsity}, on the way to {@code end} if shapes are uniform. */
    public MaskSet at(MaskSet logits, double sparsity, Optional<UniformShape> end, double finalSparsity) {
        return end.map(shapeAtEnd -> uniform(
                        logits, shapeAtEnd.onTheWay(shape, shapeAtEnd.progress(shape, sparsity / finalSparsity))))
                .orElseGet(() -> budget(logits, sparsity));
    }

    /**
     * Hard masks of a cut: as many units of each layer as {@code uniform} says, or as near to the target as they come.
     *
     * @param sparsity that is to be reached, 0..1
     * @throws UserError as {@link #requireReachable}
     */
    public MaskSet cut(MaskSet logits, double sparsity, Optional<UniformShape> uniform) {
        if (uniform.isEmpty()) {
            requireReachable(sparsity);
        }
        return at(logits, sparsity, uniform, sparsity);
    }
}
