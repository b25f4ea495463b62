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
        return MaskLogits.start(standardised(scores));
    }

    /**
     * What training found out about the units beyond their scores: exp of the change of their logits, in the unit of
     * log scores. A score times this is the score that the logits now stand for, but for a factor common to its row.
     */
    public static MaskSet corrections(MaskSet scores, MaskSet logits) {
        double[][] start = standardised(scores).rows();
        double[][] now = logits.rows();
        double[][] rows = scores.rows();
        double[][] corrections = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            double unit = i == 0 ? 0 : deviation(logs(rows[i])) / SPREAD;
            corrections[i] = new double[rows[i].length];
            for (int j = 0; j < rows[i].length; j++) {
                corrections[i][j] = Math.exp((now[i][j] - start[i][j]) * unit);
            }
        }
        return MaskSet.ofRows(corrections);
    }

    /** Equal logits. */
    public static MaskLogits equal(PrunableShape shape) {
        return MaskLogits.start(shape.filled(KEPT));
    }

    private static MaskSet standardised(MaskSet scores) {
        double[][] rows = scores.rows();
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i == 0 ? filled(rows[i].length, KEPT) : standardised(logs(rows[i]));
        }
        return MaskSet.ofRows(rows);
    }

    private static double[] standardised(double[] logs) {
        double mean = Arrays.stream(logs).average().orElse(0);
        double deviation = deviation(logs);
        return Arrays.stream(logs)
                .map(x -> deviation == 0 ? 0 : SPREAD * (x - mean) / deviation)
                .toArray();
    }

    private static double[] logs(double[] scores) {
        return Arrays.stream(scores).map(s -> Math.log(Math.max(s, 1e-30))).toArray();
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElse(0);
        return Math.sqrt(Arrays.stream(values)
                .map(x -> (x - mean) * (x - mean))
                .average()
                .orElse(0));
    }

    private static double[] filled(int length, double value) {
        double[] row = new double[length];
        Arrays.fill(row, value);
        return row;
    }
}
