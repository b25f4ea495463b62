package dev.espalier.worker.nuteprune;

import dev.espalier.worker.masks.MaskLogits;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import java.util.Arrays;

/**
 * Mask logits that start from a metric's scores: three times the z-score of the logarithm, row by row (nuteprune.md
 * section 5.7). Hidden channels, which no metric scores, start equal and confident.
 */
public final class InitialLogits {
    private static final double SPREAD = 3;
    private static final double KEPT = 10;

    private InitialLogits() {}

    public static MaskLogits fromScores(MaskSet scores) {
        double[][] rows = scores.rows();
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i == 0 ? filled(rows[i].length, KEPT) : standardised(rows[i]);
        }
        return MaskLogits.start(MaskSet.ofRows(rows));
    }

    /** Equal logits. */
    public static MaskLogits equal(PrunableShape shape) {
        return MaskLogits.start(shape.filled(KEPT));
    }

    private static double[] standardised(double[] scores) {
        double[] logs =
                Arrays.stream(scores).map(s -> Math.log(Math.max(s, 1e-30))).toArray();
        double mean = Arrays.stream(logs).average().orElse(0);
        double deviation = Math.sqrt(
                Arrays.stream(logs).map(x -> (x - mean) * (x - mean)).average().orElse(0));
        return Arrays.stream(logs)
                .map(x -> deviation == 0 ? 0 : SPREAD * (x - mean) / deviation)
                .toArray();
    }

    private static double[] filled(int length, double value) {
        double[] row = new double[length];
        Arrays.fill(row, value);
        return row;
    }
}
