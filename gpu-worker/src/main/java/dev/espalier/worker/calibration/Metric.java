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

    /** What it must know of the gradients of the text's loss: nothing, unless it says so. */
    default Set<GradientStatistic> needsOfGradients() {
        return Set.of();
    }

    default boolean needsText() {
        return !needs().isEmpty() || !needsOfGradients().isEmpty();
    }

    /** As a run wants it, if it has settings of its own. */
    default Metric configured(RunConfig run) {
        return this;
    }

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
     * @param ofGradients what {@link #needsOfGradients} asked for
     */
    record SubBlock(
            Torch torch,
            NDManager scope,
            Row row,
            NDArray weight,
            UnitColumns units,
            Map<Statistic, NDArray> found,
            Map<GradientStatistic, NDArray> ofGradients,
            RunConfig.Calibrate settings) {

        /** Of metrics that ask for no gradients. */
        public SubBlock(
                Torch torch,
                NDManager scope,
                Row row,
                NDArray weight,
                UnitColumns units,
                Map<Statistic, NDArray> found,
                RunConfig.Calibrate settings) {
            this(torch, scope, row, weight, units, found, Map.of(), settings);
        }

        public NDArray found(Statistic statistic) {
            return found.get(statistic);
        }

        public NDArray found(GradientStatistic statistic) {
            return ofGradients.get(statistic);
        }
    }
}
