package dev.espalier.protocol.config;

import java.util.List;

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

    /** No more than a number, one for each round. */
    sealed interface AtMost extends Target {
        List<? extends Number> most();

        @Override
        default int rounds() {
            return most().size();
        }

        @Override
        default String told() {
            return key() + " = " + (most().size() == 1 ? most().get(0) : most());
        }
    }

    /** At most so many after each round: embeddings and all. */
    record Parameters(List<Long> most) implements AtMost {
        @Override
        public String word() {
            return "parameters";
        }
    }

    /** At most so many, of all weights in the exported type, after each round. */
    record Bytes(List<Long> most) implements AtMost {
        @Override
        public String word() {
            return "bytes";
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
    record LatencyRatio(List<Double> most, Phase phase) implements AtMost {
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
        public String told() {
            return AtMost.super.told() + " of " + Words.of(phase);
        }
    }
}
