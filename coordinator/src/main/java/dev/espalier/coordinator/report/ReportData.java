package dev.espalier.coordinator.report;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Everything a run's report says. What is not known (yet) is empty, and the report leaves it out.
 *
 * @param run the run's name
 * @param method as in the configuration, such as {@code nuteprune}
 * @param config the resolved configuration
 * @param steps training steps of all stages, in their order; those without a value have NaN
 * @param kept what is left of each layer; empty before the prune stage has ended
 * @param rows the dense model first: the others are told relative to the first row
 */
public record ReportData(
        String run,
        String method,
        String config,
        Optional<Parameters> parameters,
        List<StageTime> stages,
        List<StepMetrics> steps,
        Optional<Kept> kept,
        List<Row> rows) {

    /**
     * Parameter counts of the whole model, and of the part that may be pruned.
     *
     * @param target share of the prunable parameters that was to go, 0..1
     */
    public record Parameters(long before, long after, long prunableBefore, long prunableAfter, double target) {
        /** Share of the prunable parameters that is gone, 0..1. */
        public double sparsity() {
            return prunableBefore == 0 ? 0 : 1 - (double) prunableAfter / prunableBefore;
        }
    }

    /** @param state as in the manifest: PENDING, RUNNING, PAUSED, FAILED, COMPLETED */
    public record StageTime(Stage stage, String state, Optional<Instant> started, Optional<Instant> ended) {
        public Optional<Duration> duration() {
            return started.flatMap(from -> ended.map(to -> Duration.between(from, to)));
        }
    }

    /**
     * @param headUnit what one bit of {@link Layer#heads} is, for people: "KV groups" or "query heads"
     * @param hidden kept channels of the residual stream, by original index
     * @param hiddenSize their number in the dense model; 0 if nothing is known about them
     */
    public record Kept(List<Layer> layers, String headUnit, BitSet hidden, int hiddenSize) {}

    /**
     * One layer; bits by original index, set where the structure is kept.
     *
     * @param headCount heads (of the unit) in the dense model
     * @param channelCount FFN channels in the dense model
     */
    public record Layer(BitSet heads, int headCount, BitSet channels, int channelCount) {}

    /**
     * A model that was measured.
     *
     * @param label such as "dense", "after prune", "one-shot obs"
     * @param comparison another method at the same sparsity and budget, and not a state of this run
     * @param perplexity by file
     * @param choices by file
     * @param prefill tokens per second
     * @param decode tokens per second
     */
    public record Row(
            String label,
            boolean comparison,
            Map<String, Double> perplexity,
            Map<String, Accuracy> choices,
            OptionalDouble prefill,
            OptionalDouble decode,
            OptionalLong parameters) {}

    /** @param items how many questions were asked */
    public record Accuracy(int items, double acc, double accNorm) {}

    /** The last state of this run's own model, if it was measured besides the dense one. */
    Optional<Row> result() {
        return rows.stream().skip(1).filter(row -> !row.comparison()).reduce((a, b) -> b);
    }

    Optional<Row> dense() {
        return rows.stream().findFirst();
    }
}
