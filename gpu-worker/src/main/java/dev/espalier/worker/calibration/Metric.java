package dev.espalier.worker.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.Row;
import dev.espalier.worker.torch.Torch;
import java.util.Map;
import java.util.Set;

/** A rule that says what removing a unit costs. */
public interface Metric {
    /** What configurations call it, in lower case with hyphens. */
    String name();

    /** What it must know of the calibration text; nothing if the weights tell all. */
    Set<Statistic> needs();

    /**
     * The cost of removing each unit of a sub-block: larger = dearer, comparable within the sub-block.
     *
     * @return [units]
     */
    double[] score(SubBlock block);

    /**
     * The attention or the FFN of a layer, as the calibration pass met it.
     *
     * @param scope owns what the metric computes
     * @param row where the scores go
     * @param weight o_proj or down_proj [d,F]
     * @param units columns of the weight
     * @param found what {@link #needs} asked for
     */
    record SubBlock(
            Torch torch,
            NDManager scope,
            Row row,
            NDArray weight,
            UnitColumns units,
            Map<Statistic, NDArray> found,
            RunConfig.Calibrate settings) {

        public NDArray found(Statistic statistic) {
            return found.get(statistic);
        }
    }
}
