package dev.espalier.methods.adaptivefusion.work;

import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/** The order in which units of the whole model go: a unit's place in its row times the row's share among its like. */
final class LayerShares {
    /** The mean of a row's fused ranks. */
    private static final double MEAN = 0.5;

    private LayerShares() {}

    /** @param scores weight of the row * exp(I); @return I * weight / sum of the weights of all rows of the kind */
    static MaskSet order(MaskSet scores) {
        Map<Structure, Double> totals = new EnumMap<>(Structure.class);
        for (Row row : scores.rows()) {
            double[] values = scores.row(row);
            if (values.length > 0) {
                totals.merge(row.structure(), Math.exp(logWeight(values)), Double::sum);
            }
        }
        return scores.mapRows((row, values) -> {
            double log = logWeight(values);
            double share = Math.exp(log) / totals.getOrDefault(row.structure(), 1.0);
            return Arrays.stream(values)
                    .map(score -> (Math.log(score) - log) * share)
                    .toArray();
        });
    }

    private static double logWeight(double[] scores) {
        return Arrays.stream(scores).map(Math::log).average().orElse(0) - MEAN;
    }
}
