package dev.espalier.methods.gates;

import dev.espalier.methods.metrics.ZScores;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.masks.Structure;
import java.util.Arrays;

/**
 * Mask logits that start from a metric's scores: three times the z-score of the logarithm, row by row
 * (docs/methods/nuteprune.md). What no metric scores, all but heads and FFN channels, starts equal and confident.
 */
public final class InitialLogits {
    private static final double SPREAD = 3;
    private static final double KEPT = 10;

    private InitialLogits() {}

    public static MaskLogits fromScores(MaskSet scores) {
        return MaskLogits.start(standardised(scores));
    }

    /**
     * What training found out about the units beyond their scores: exp of the change of their logits, in the unit of
     * log scores. A score times this is the score that the logits now stand for, but for a factor common to its row.
     */
    public static MaskSet corrections(MaskSet scores, MaskSet logits) {
        MaskSet start = standardised(scores);
        return scores.mapRows((row, values) -> {
            double unit = isScored(row) ? ZScores.deviation(logs(values)) / SPREAD : 0;
            double[] before = start.row(row);
            double[] now = logits.row(row);
            double[] corrections = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                corrections[i] = Math.exp((now[i] - before[i]) * unit);
            }
            return corrections;
        });
    }

    /** Equal logits, for as many units. */
    public static MaskLogits equal(MaskSet units) {
        return MaskLogits.start(units.map(unit -> KEPT));
    }

    private static MaskSet standardised(MaskSet scores) {
        return scores.mapRows(
                (row, values) -> isScored(row) ? ZScores.of(logs(values), SPREAD) : filled(values.length, KEPT));
    }

    private static boolean isScored(Row row) {
        return row.structure() == Structure.HEADS || row.structure() == Structure.FFN;
    }

    private static double[] logs(double[] scores) {
        return Arrays.stream(scores).map(s -> Math.log(Math.max(s, 1e-30))).toArray();
    }

    private static double[] filled(int length, double value) {
        double[] row = new double[length];
        Arrays.fill(row, value);
        return row;
    }
}
