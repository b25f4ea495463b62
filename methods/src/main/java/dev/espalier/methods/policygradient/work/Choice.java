package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.UniformShape;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Which units stay: the most probable, and of equally probable ones those that the metric thinks more of. Of each row at least
 * one does.
 *
 * @param live 1 where a unit is not gone already
 */
record Choice(Distribution distribution, Units units, MaskSet live) {

    /** Exactly what the target leaves of the parameters, or of each layer what all keep. */
    MaskSet ofAll(double sparsity, Optional<UniformShape> uniform) {
        int[] ranks = ranks();
        MaskSet order = units.spread(
                distribution.layout(), (unit, place, size) -> ranks[unit] + (double) (size - place) / (size + 1));
        MaskSet logits = order.mapRows((row, values) -> IntStream.range(0, values.length)
                .mapToDouble(i -> live.row(row)[i] == 0 ? Double.NEGATIVE_INFINITY : values[i])
                .toArray());
        return new DeterministicMasks(units.shape()).cut(logits, sparsity, uniform);
    }

    /**
     * The authors': the {@link Quotas} of each group of the budget, after the best one of each part.
     *
     * @throws dev.espalier.protocol.UserError if some part would be left none
     */
    MaskSet ofEachGroup(double sparsity) {
        int[] ranks = ranks();
        int[] groups = distribution.budget().groups();
        Quotas quotas = new Quotas(distribution.layout(), groups, sparsity);
        quotas.requireOneOfEachPart();
        boolean[] kept = new boolean[distribution.units()];
        for (int group = 0; group < distribution.budget().limits().length; group++) {
            boolean[] best = new boolean[kept.length];
            List<Integer> members = members(groups, group, ranks, best);
            int stay = quotas.of(group);
            members.stream()
                    .sorted(Comparator.<Integer>comparingInt(unit -> best[unit] ? 0 : 1)
                            .thenComparingInt(unit -> -ranks[unit]))
                    .limit(stay)
                    .forEach(unit -> kept[unit] = true);
        }
        return units.spread(distribution.layout(), (unit, place, size) -> kept[unit] ? 1 : 0);
    }

    /** @param best set where a unit is the best of its part */
    private List<Integer> members(int[] groups, int group, int[] ranks, boolean[] best) {
        int[] place = {0};
        IntStream.Builder members = IntStream.builder();
        distribution.layout().forEach((part, from) -> {
            if (groups[place[0]++] == group) {
                IntStream.range(from, from + part.units()).forEach(members::add);
                IntStream.range(from, from + part.units())
                        .boxed()
                        .max(Comparator.comparingInt(unit -> ranks[unit]))
                        .ifPresent(unit -> best[unit] = true);
            }
        });
        return members.build().boxed().toList();
    }

    /** Of each unit how many come before it. */
    private int[] ranks() {
        float[] keep = distribution.last();
        float[] prior = units.prior();
        float[] costs = distribution.budget().costs();
        int[] sorted = IntStream.range(0, keep.length)
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(unit -> costs[unit] > 0 ? 1 : 0)
                        .thenComparingDouble(unit -> keep[unit])
                        .thenComparingDouble(unit -> prior[unit]))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ranks = new int[keep.length];
        for (int place = 0; place < sorted.length; place++) {
            ranks[sorted[place]] = place;
        }
        return ranks;
    }
}
