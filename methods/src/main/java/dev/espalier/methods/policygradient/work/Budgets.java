package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.distribution.Budget;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.UniformShape;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the probabilities of a run may add up to. */
final class Budgets {
    private Budgets() {}

    /**
     * @param left of those that each unit stands for [units]
     * @param block channels of a whole block
     * @param uniform what every layer keeps, if all are to be alike
     */
    static Budget of(
            RunConfig config,
            PrunableShape shape,
            Layout layout,
            double[] left,
            int block,
            Optional<UniformShape> uniform) {
        double stays = 1 - config.prune().sparsity();
        if (uniform.isPresent()) {
            return ofParts(shape, layout, left, block, uniform.get());
        }
        return PolicyGradientKeys.of(config).faithful()
                ? ofKinds(layout, left, config.prune().sparsity())
                : ofParameters(shape, layout, left, stays);
    }

    /** Every part as many as every other of its kind. */
    private static Budget ofParts(PrunableShape shape, Layout layout, double[] left, int block, UniformShape uniform) {
        List<Part> parts = layout.parts();
        int[] groups = new int[parts.size()];
        double[] limits = new double[parts.size()];
        for (int place = 0; place < groups.length; place++) {
            groups[place] = place;
            limits[place] = parts.get(place).kind() == Kind.HEADS
                    ? uniform.headUnits(shape)
                    : (double) uniform.intermediate() / block;
        }
        float[] costs = new float[left.length];
        layout.forEach((part, from) -> {
            for (int unit = from; unit < from + part.units(); unit++) {
                costs[unit] = (float) (part.kind() == Kind.FFN ? left[unit] / block : left[unit]);
            }
        });
        return new Budget(layout, groups, limits, costs, 0, 0);
    }

    /** The authors': the same share of each kind, wherever. */
    private static Budget ofKinds(Layout layout, double[] left, double sparsity) {
        List<Kind> kinds = layout.parts().stream().map(Part::kind).distinct().toList();
        int[] groups = layout.parts().stream()
                .mapToInt(part -> kinds.indexOf(part.kind()))
                .toArray();
        // Here and not only by the cut, before anything is learnt.
        new Quotas(layout, groups, sparsity).requireOneOfEachPart();
        double[] limits = new double[kinds.size()];
        layout.parts().forEach(part -> limits[kinds.indexOf(part.kind())] += (1 - sparsity) * part.units());
        return new Budget(layout, groups, limits, floats(left, 1), 0, 0);
    }

    /** One budget of parameters for all. */
    private static Budget ofParameters(PrunableShape shape, Layout layout, double[] left, double stays) {
        double perLayer = (double) shape.total() / shape.layers();
        double ffn = (double) shape.intermediate() * shape.channelParameters();
        double attention = perLayer - ffn;
        boolean depth =
                layout.parts().stream().anyMatch(part -> part.kind() == Kind.LAYERS || part.kind() == Kind.BLOCKS);
        // Of a sub-block that may go as a whole each unit stands for its share.
        double head = depth ? attention / shape.headUnits() : shape.headUnitParameters();
        double[] parameters = new double[left.length];
        layout.forEach((part, from) -> {
            for (int unit = from; unit < from + part.units(); unit++) {
                parameters[unit] = left[unit]
                        * switch (part.kind()) {
                            case LAYERS -> perLayer;
                            case BLOCKS -> unit == from ? attention : ffn;
                            case HEADS -> head;
                            case FFN -> shape.channelParameters();
                        };
            }
        });
        double limit = stays * shape.total();
        if (!depth) {
            limit -= fixed(shape, layout, attention, ffn);
        }
        if (limit <= 0) {
            throw new UserError("prune.target.sparsity leaves " + String.format(Locale.ROOT, "%.4f", stays)
                    + " of the parameters, less than there are in what prune.granularity does not name: ask for less, or"
                    + " add heads or ffn to the granularity");
        }
        double unit =
                Arrays.stream(parameters).filter(cost -> cost > 0).average().orElse(1);
        return new Budget(
                layout,
                new int[layout.parts().size()],
                new double[] {limit / unit},
                floats(parameters, unit),
                attention / unit,
                ffn / unit);
    }

    /** Parameters of what is no unit. */
    private static double fixed(PrunableShape shape, Layout layout, double attention, double ffn) {
        boolean heads = layout.parts().stream().anyMatch(part -> part.kind() == Kind.HEADS);
        boolean channels = layout.parts().stream().anyMatch(part -> part.kind() == Kind.FFN);
        double shared = attention - shape.headUnits() * shape.headUnitParameters();
        return shape.layers() * ((heads ? shared : attention) + (channels ? 0 : ffn));
    }

    private static float[] floats(double[] values, double unit) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) (values[i] / unit);
        }
        return floats;
    }
}
