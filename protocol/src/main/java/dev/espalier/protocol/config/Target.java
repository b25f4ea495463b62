package dev.espalier.protocol.config;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What pruning is to reach, in one of several ways of saying it (docs/targets.md). Methods know one of them: from the
 * others the shares of {@link RunConfig.Prune#rounds} follow, before a run begins.
 */
public sealed interface Target {
    /** Where it stands. */
    String SECTION = "prune.target";

    Target SPARSITY = new Sparsity();

    /** The word below {@link #SECTION}. */
    String word();

    /** How many rounds of pruning it is for; 0: as many as there are shares. */
    int rounds();

    /** The key, with what it says. */
    String told();

    default String key() {
        return SECTION + "." + word();
    }

    /** Shares of the prunable parameters, which are the rounds themselves. */
    record Sparsity() implements Target {
        @Override
        public String word() {
            return "sparsity";
        }

        @Override
        public int rounds() {
            return 0;
        }

        @Override
        public String told() {
            return key();
        }
    }

    /** At most so many after each round: embeddings and all. */
    record Parameters(List<Long> most) implements Target {
        @Override
        public String word() {
            return "parameters";
        }

        @Override
        public int rounds() {
            return most.size();
        }

        @Override
        public String told() {
            return key() + " = " + Target.counts(most);
        }
    }

    /** At most so many, of all weights in the exported type, after each round. */
    record Bytes(List<Long> most) implements Target {
        @Override
        public String word() {
            return "bytes";
        }

        @Override
        public int rounds() {
            return most.size();
        }

        @Override
        public String told() {
            return key() + " = " + Target.counts(most);
        }
    }

    /** Exactly that shape, in one round. */
    record Shape(WantedShape wanted) implements Target {
        @Override
        public String word() {
            return "shape";
        }

        @Override
        public int rounds() {
            return 1;
        }

        @Override
        public String told() {
            return key() + " = " + wanted;
        }
    }

    /** At most so much of the intact model's time, on this device, after each round. */
    record LatencyRatio(List<Double> most, Phase phase) implements Target {
        /** Whose time it is. */
        public enum Phase {
            /** A token after the other, of one sequence. */
            DECODE,
            /** A prompt at once. */
            PREFILL
        }

        @Override
        public String word() {
            return "latency-ratio";
        }

        @Override
        public int rounds() {
            return most.size();
        }

        @Override
        public String told() {
            return key() + " = " + (most.size() == 1 ? most.get(0).toString() : most.toString()) + " of "
                    + Words.of(phase);
        }
    }

    private static String counts(List<Long> numbers) {
        return numbers.size() == 1
                ? numbers.get(0).toString()
                : numbers.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }
}
