package dev.espalier.methods.policygradient.distribution;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import java.util.Arrays;

/**
 * What probabilities may add up to: one sum over all units, of parameters, so that kinds of units can be traded, or a sum for
 * each of several groups of parts, of numbers of units. Where layers or sub-blocks can go with what is in them, the first is
 * what the masks are expected to keep: a product along the way from layer to unit.
 *
 * @param layout of the units
 * @param groups the group of each part
 * @param limits of each group
 * @param costs of each unit, relative; 0: it is gone already
 * @param attention what a layer's attention costs, if its heads are not units themselves; @param ffn likewise
 */
public record Budget(Layout layout, int[] groups, double[] limits, float[] costs, double attention, double ffn) {

    /** What probabilities spend of a group. */
    public double spent(int group, float[] keep) {
        return spent(group, unit -> keep[unit]);
    }

    interface Values {
        double at(int unit);
    }

    private double spent(int group, Values values) {
        return hasDepth() ? nested(values) : sum(group, values);
    }

    private double sum(int group, Values values) {
        double sum = 0;
        int from = 0;
        for (int place = 0; place < groups.length; place++) {
            int to = from + layout.parts().get(place).units();
            if (groups[place] == group) {
                sum += sum(from, to, values);
            }
            from = to;
        }
        return sum;
    }

    private double sum(int from, int to, Values values) {
        double sum = 0;
        for (int unit = from; unit < to; unit++) {
            sum += costs[unit] * values.at(unit);
        }
        return sum;
    }

    /** Of the one group there is, layers and sub-blocks around the units. */
    private double nested(Values values) {
        int layers = 1 + layout.parts().stream().mapToInt(this::lastLayer).max().orElse(0);
        double[] around = ones(layers);
        double[][] blocks = {ones(layers), ones(layers)};
        double[][] inside = {filled(layers, attention), filled(layers, ffn)};
        layout.forEach((part, from) -> {
            switch (part.kind()) {
                case LAYERS -> {
                    for (int layer = 0; layer < part.units(); layer++) {
                        around[layer] = values.at(from + layer);
                    }
                }
                case BLOCKS -> {
                    blocks[0][part.layer()] = values.at(from);
                    blocks[1][part.layer()] = values.at(from + 1);
                }
                case HEADS -> inside[0][part.layer()] = sum(from, from + part.units(), values);
                case FFN -> inside[1][part.layer()] = sum(from, from + part.units(), values);
            }
        });
        double sum = 0;
        for (int layer = 0; layer < layers; layer++) {
            sum += around[layer] * (blocks[0][layer] * inside[0][layer] + blocks[1][layer] * inside[1][layer]);
        }
        return sum;
    }

    private int lastLayer(Part part) {
        return part.kind() == Kind.LAYERS ? part.units() - 1 : part.layer();
    }

    private boolean hasDepth() {
        return limits.length == 1
                && layout.parts().stream().anyMatch(part -> part.kind() == Kind.LAYERS || part.kind() == Kind.BLOCKS);
    }

    private static double[] ones(int count) {
        return filled(count, 1);
    }

    private static double[] filled(int count, double value) {
        double[] array = new double[count];
        Arrays.fill(array, value);
        return array;
    }

    /**
     * The nearest probabilities within the budget.
     *
     * @param z [units] where learning went, without bounds
     * @param floor least probability of a unit that is not gone
     */
    public float[] project(double[] z, double floor) {
        double[] shifts = new double[limits.length];
        int[] groupOf = groupOf();
        for (int group = 0; group < limits.length; group++) {
            int now = group;
            double most = 0;
            for (int unit = 0; unit < z.length; unit++) {
                if (groupOf[unit] == group && costs[unit] > 0) {
                    most = Math.max(most, (z[unit] - floor) / costs[unit]);
                }
            }
            shifts[group] = Projection.shift(
                    v -> spent(now, unit -> Projection.shifted(z[unit], costs[unit], v, floor)), limits[group], most);
        }
        float[] keep = new float[z.length];
        for (int unit = 0; unit < keep.length; unit++) {
            keep[unit] = (float) Projection.shifted(z[unit], costs[unit], shifts[groupOf[unit]], floor);
        }
        return keep;
    }

    /** Whether both say the same of the same units. */
    boolean isThatOf(Budget other) {
        return layout.equals(other.layout)
                && Arrays.equals(groups, other.groups)
                && Arrays.equals(limits, other.limits)
                && Arrays.equals(costs, other.costs);
    }

    private int[] groupOf() {
        int[] groupOf = new int[costs.length];
        int from = 0;
        for (int place = 0; place < groups.length; place++) {
            int to = from + layout.parts().get(place).units();
            Arrays.fill(groupOf, from, to, groups[place]);
            from = to;
        }
        return groupOf;
    }
}
