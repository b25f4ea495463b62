package dev.espalier.coordinator.report;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.config.Rounds;
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
 * @param method as in the configuration
 * @param config the resolved configuration
 * @param steps training steps of all stages, in their order; those without a value have NaN
 * @param kept what is left of each layer after each round of pruning that has ended
 * @param rows the dense model first: the others are told relative to the first row
 * @param tables that stages' work measured besides
 */
public record ReportData(
        String run,
        String method,
        String config,
        Optional<Parameters> parameters,
        List<StageTime> stages,
        List<StepMetrics> steps,
        List<Kept> kept,
        List<Row> rows,
        List<MeasuredTable> tables) {

    /** Whether a model has been exported, and not by an earlier try alone. */
    public boolean exported() {
        return stages.stream()
                .anyMatch(stage -> stage.stage().kind().equals(Stage.EXPORT.kind())
                        && stage.state().equals(ManifestFile.COMPLETED));
    }

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
     * @param pruning the stage that left it
     * @param headUnit what one bit of {@link Layer#heads} is, for people: "KV groups" or "query heads"
     * @param hidden kept channels of the residual stream, by original index
     * @param hiddenSize their number in the dense model; 0 if nothing is known about them
     */
    public record Kept(Stage pruning, List<Layer> layers, String headUnit, BitSet hidden, int hiddenSize) {}

    /**
     * One layer; bits by original index, set where the structure is kept.
     *
     * @param headCount heads (of the unit) in the dense model
     * @param channelCount FFN channels in the dense model
     */
    public record Layer(BitSet heads, int headCount, BitSet channels, int channelCount) {
        public int headsKept() {
            return heads.get(0, headCount).cardinality();
        }

        public int channelsKept() {
            return channels.get(0, channelCount).cardinality();
        }

        /** Of the channels, 0..1. */
        double channelShare() {
            return channelCount == 0 ? 0 : (double) channelsKept() / channelCount;
        }
    }

    /**
     * A model that was measured.
     *
     * @param label such as "dense", "after prune", "another run"
     * @param comparison another method at the same sparsity and budget, and not a state of this run
     * @param perplexity by file
     * @param choices by file
     * @param seconds of the work that made it of the dense model, without export and evaluation; empty if nobody told
     */
    public record Row(
            String label,
            boolean comparison,
            Map<String, Perplexity> perplexity,
            Map<String, Accuracy> choices,
            Optional<Speed> prefill,
            Optional<Speed> decode,
            OptionalLong parameters,
            OptionalDouble seconds,
            List<Sample> samples) {
        /** The same model by another name. */
        Row labelled(String other) {
            return new Row(other, comparison, perplexity, choices, prefill, decode, parameters, seconds, samples);
        }
    }

    /**
     * @param standardError of the value; NaN if nobody told, or the text has one window
     * @param window tokens of each window
     * @param tokens that were predicted
     * @param blocks mean loss of each part of the text, in nats; empty if nobody told
     */
    public record Perplexity(double value, double standardError, int window, long tokens, List<Double> blocks) {
        /** Whether both were measured on the same windows: in others, the same model has another perplexity. */
        boolean comparable(Perplexity other) {
            return window == other.window() && tokens == other.tokens();
        }
    }

    /** @param items how many questions were asked */
    public record Accuracy(int items, double acc, double accNorm) {
        /** Of an accuracy over these questions; NaN for a single one. */
        double standardError(double accuracy) {
            return items < 2 ? Double.NaN : Math.sqrt(accuracy * (1 - accuracy) / (items - 1));
        }
    }

    /** Repeated measurements; the least and the greatest are NaN if nobody told. */
    public record Spread(double median, double least, double greatest) {}

    /**
     * @param perSecond tokens
     * @param ratio to the dense model, both measured in turn in one process; empty if they were not
     */
    public record Speed(Spread perSecond, Optional<Spread> ratio) {}

    /** How a model goes on from a piece of text. */
    public record Sample(String prompt, String text) {}

    /** How many times the run prunes. */
    int rounds() {
        return Rounds.of(stages.stream().map(StageTime::stage).toList()).count();
    }

    /** The last state of this run's own model, if it was measured besides the dense one. */
    Optional<Row> result() {
        return rows.stream().skip(1).filter(row -> !row.comparison()).reduce((a, b) -> b);
    }

    Optional<Row> dense() {
        return rows.stream().findFirst();
    }
}
