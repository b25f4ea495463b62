package dev.espalier.methods.policygradient;

import java.nio.file.Path;
import java.util.Optional;

/**
 * {@code prune.policy-gradient}.
 *
 * @param masks drawn for each sequence of a step; faithful: for a step
 * @param ffnBlock FFN channels that stay or go together, neighbours in the order of the metric
 * @param faithful whether probabilities are learnt as the authors' code does
 * @param startFrom folder of the run whose probabilities are learnt on; empty: they start from a metric, or equal
 */
public record PolicyGradientSettings(
        int masks,
        Control control,
        Reward reward,
        double learningRate,
        int ffnBlock,
        boolean faithful,
        Optional<Path> startFrom) {

    /** Masks of a step over so many sequences. */
    public int samples(int rows) {
        return faithful ? masks : masks * rows;
    }

    /** Channels that a probability stands for. */
    public int channels() {
        return faithful ? 1 : ffnBlock;
    }

    /** Whether the intact model's losses are wanted beside the masks'. From itself it does not diverge. */
    public boolean measuresIntact() {
        return !faithful && control == Control.INTACT && reward == Reward.LOSS;
    }

    /** Whether every other mask is the one before it with all draws turned round. */
    public boolean drawsOpposites() {
        return !faithful && control == Control.ANTITHETIC;
    }

    /** Of a step's masks over so many sequences, how many are held against each other. */
    public int compared(int rows) {
        return switch (control) {
            case SIBLINGS -> masks;
            case INTACT -> masks * rows;
            case ANTITHETIC -> 2;
        };
    }
}
