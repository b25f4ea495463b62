package dev.espalier.methods.llmpruner.work;

import dev.espalier.methods.llmpruner.LlmPrunerKeys;
import dev.espalier.methods.llmpruner.LlmPrunerSettings;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.ExpectedSparsity;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * The order in which the same share of the heads and of the channels of each layer goes: by a unit's place among those of
 * its row, from 0 to 1. Units of spared layers come after all others.
 */
record EqualShares(LlmPrunerSettings settings, int layers) implements UnaryOperator<MaskSet> {
    /** Above every place. */
    private static final double SPARED = 2;

    /** @throws UserError if the layers that are not spared are too few for the target */
    static EqualShares of(Bench bench) {
        RunConfig run = bench.config();
        PrunableShape shape = bench.shape();
        EqualShares shares = new EqualShares(LlmPrunerKeys.of(run), shape.layers());
        double most = shares.most(shape);
        if (run.prune().sparsity() > most) {
            throw new UserError("prune.target.sparsity = " + run.prune().sparsity() + " is more than "
                    + Math.floor(1000 * most) / 1000 + ", which is all that the layers hold that are not spared: lower"
                    + " it, or lower prune.llm-pruner.spare-first and spare-last (the model has " + shape.layers()
                    + " layers)");
        }
        return shares;
    }

    /** What is gone if each row that is not spared keeps one unit. */
    double most(PrunableShape shape) {
        MaskSet last = shape.filled(1).mapRows((row, gates) -> {
            double[] kept = gates.clone();
            if (!settings.spares(row.layer(), layers) && kept.length > 0) {
                Arrays.fill(kept, 1, kept.length, 0);
            }
            return kept;
        });
        return new ExpectedSparsity(shape).of(last);
    }

    @Override
    public MaskSet apply(MaskSet scores) {
        return scores.mapRows((row, values) -> {
            double first = settings.spares(row.layer(), layers) ? SPARED : 0;
            int[] ascending = IntStream.range(0, values.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(unit -> values[unit]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            double[] places = new double[values.length];
            for (int place = 0; place < places.length; place++) {
                places[ascending[place]] = first + (place + 0.5) / places.length;
            }
            return places;
        });
    }
}
