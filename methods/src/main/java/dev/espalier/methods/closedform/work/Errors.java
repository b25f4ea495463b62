package dev.espalier.methods.closedform.work;

import dev.espalier.protocol.Stage;
import dev.espalier.worker.compensation.Curvature;
import dev.espalier.worker.compensation.Surgeon;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.Reporter;
import java.util.Arrays;
import java.util.Optional;

/**
 * How a sub-block's errors count: by their squares, or by the curvature of the loss behind it.
 *
 * @param curvature of the intact model; empty: squares
 */
record Errors(Bench bench, Optional<Curvature> curvature) implements AutoCloseable {
    /** Of calibration text, what the backward pass reads. */
    private static final int CURVATURE_TOKENS = 8192;

    /** @param rows calibration text */
    static Errors of(Bench bench, boolean curved, int[][] rows, Reporter reporter) {
        if (!curved) {
            return new Errors(bench, Optional.empty());
        }
        int count = Math.max(1, Math.min(rows.length, CURVATURE_TOKENS / rows[0].length));
        return new Errors(
                bench,
                Optional.of(Curvature.of(
                        bench.intact(),
                        Arrays.copyOf(rows, count),
                        bench.seed(Stage.PRUNE),
                        done -> reporter.progressed(done, count, "sequences differentiated"))));
    }

    /** @param gates that are 0 in as many units of each layer as shall go */
    Surgeon surgeon(MaskSet gates) {
        return new Surgeon(
                bench.torch(),
                bench.shape(),
                gates,
                bench.shape().filled(1),
                curvature,
                bench.config().calibrate().damping());
    }

    @Override
    public void close() {
        curvature.ifPresent(Curvature::close);
    }
}
