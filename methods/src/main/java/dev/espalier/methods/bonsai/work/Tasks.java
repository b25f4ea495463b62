package dev.espalier.methods.bonsai.work;

import dev.espalier.methods.bonsai.rounds.Task;
import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.Layout.Kind;
import dev.espalier.methods.masked.Layout.Part;
import dev.espalier.protocol.UserError;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.UniformShape;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** What of a model shall go. */
final class Tasks {
    private Tasks() {}

    /**
     * @param left of those that each unit stands for [units]
     * @param worth of each unit [units]
     * @param block channels of a whole block
     * @param uniform what every layer keeps, if all are to be alike: then each part gives up what is too much of it
     */
    static Task of(
            PrunableShape shape,
            Layout layout,
            double[] left,
            double[] worth,
            int block,
            double sparsity,
            Optional<UniformShape> uniform) {
        return uniform.map(end -> ofParts(shape, layout, left, worth, block, end))
                .orElseGet(() -> ofParameters(shape, layout, left, worth, sparsity));
    }

    /** At the cost of what a unit stands for, in whole units. */
    private static Task ofParts(
            PrunableShape shape, Layout layout, double[] left, double[] worth, int block, UniformShape end) {
        List<Part> parts = layout.parts();
        double[] remove = new double[parts.size()];
        float[] costs = new float[left.length];
        int[] place = {0};
        layout.forEach((part, from) -> {
            boolean blocks = part.kind() == Kind.FFN;
            int whole = blocks ? block : 1;
            double kept = blocks ? (double) end.intermediate() / block : end.headUnits(shape);
            double sum = 0;
            for (int unit = from; unit < from + part.units(); unit++) {
                costs[unit] = (float) (left[unit] / whole);
                sum += costs[unit];
            }
            remove[place[0]++] = Math.max(0, sum - kept);
        });
        return new Task(layout, IntStream.range(0, parts.size()).toArray(), remove, costs, floats(worth));
    }

    /** At the cost of parameters, wherever they are. */
    private static Task ofParameters(
            PrunableShape shape, Layout layout, double[] left, double[] worth, double sparsity) {
        double ffn = (double) shape.intermediate() * shape.channelParameters();
        double head = shape.headUnitParameters();
        float[] costs = new float[left.length];
        double[] sums = {0, 0};
        layout.forEach((part, from) -> {
            for (int unit = from; unit < from + part.units(); unit++) {
                costs[unit] = (float) (left[unit] * (part.kind() == Kind.HEADS ? head : shape.channelParameters()));
                sums[0] += costs[unit];
            }
            sums[1] += part.kind() == Kind.HEADS ? head * shape.headUnits() : ffn;
        });
        // What no part stands for stays whole.
        double remove = sums[0] - (sums[1] - sparsity * shape.total());
        if (remove >= sums[0]) {
            throw new UserError(String.format(
                    Locale.ROOT,
                    "prune.target.sparsity = %.4f is all that prune.granularity names, or more: ask for less, or add heads"
                            + " or ffn to the granularity",
                    sparsity));
        }
        return new Task(
                layout, new int[layout.parts().size()], new double[] {Math.max(0, remove)}, costs, floats(worth));
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
