package dev.espalier.cli;

import dev.espalier.coordinator.merge.Aggregator;
import dev.espalier.methods.benchmark.LimitsBenchmark;
import dev.espalier.methods.benchmark.StepBenchmark;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The coordinator's merge of 50 million values, a piece at a time as it comes from files, in turn with copies that move
 * as many bytes.
 */
final class MergeBenchmark {
    private static final int WARM_UPS = 2;
    private static final int VALUES = 50_000_000;
    private static final int PIECE = 1 << 15;

    private MergeBenchmark() {}

    static LimitsBenchmark.Result measure(int rounds) throws IOException {
        float[] newest = values(1);
        float[] base = values(2);
        float[] trained = values(3);
        float[] next = new float[VALUES];
        double[] ours = new double[rounds];
        double[] limits = new double[rounds];
        for (int i = -WARM_UPS; i < rounds; i++) {
            long start = System.nanoTime();
            merge(newest, base, trained, next);
            long merged = System.nanoTime();
            // three arrays read and one written, against two of each
            System.arraycopy(base, 0, trained, 0, VALUES);
            System.arraycopy(newest, 0, next, 0, VALUES);
            if (i >= 0) {
                ours[i] = (merged - start) / 1e9;
                limits[i] = (System.nanoTime() - merged) / 1e9;
            }
        }
        Arrays.sort(ours);
        Arrays.sort(limits);
        return new LimitsBenchmark.Result(ours[rounds / 2], limits[rounds / 2], StepBenchmark.peakRss());
    }

    private static void merge(float[] newest, float[] base, float[] trained, float[] next) {
        Aggregator aggregator = new Aggregator(1, 0);
        float[] student = new float[PIECE];
        float[] started = new float[PIECE];
        float[] returned = new float[PIECE];
        for (int from = 0; from < VALUES; from += PIECE) {
            int count = Math.min(PIECE, VALUES - from);
            System.arraycopy(newest, from, student, 0, count);
            System.arraycopy(base, from, started, 0, count);
            System.arraycopy(trained, from, returned, 0, count);
            aggregator.merge(student, started, returned, count, 1);
            System.arraycopy(student, 0, next, from, count);
        }
    }

    private static float[] values(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[VALUES];
        for (int i = 0; i < VALUES; i++) {
            values[i] = (float) random.nextDouble();
        }
        return values;
    }
}
