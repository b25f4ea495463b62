package dev.espalier.methods.policygradient;

/**
 * {@code prune.policy-gradient}.
 *
 * @param masks drawn for each sequence of a step; faithful: for a step
 * @param ffnBlock FFN channels that stay or go together, neighbours in the order of the metric
 * @param faithful whether probabilities are learnt as the authors' code does
 */
public record PolicyGradientSettings(int masks, Control control, double learningRate, int ffnBlock, boolean faithful) {

    /** Masks of a step over so many sequences. */
    public int samples(int rows) {
        return faithful ? masks : masks * rows;
    }

    /** Channels that a probability stands for. */
    public int channels() {
        return faithful ? 1 : ffnBlock;
    }

    /** Whether the intact model's losses are wanted beside the masks'. */
    public boolean measuresIntact() {
        return !faithful && control == Control.INTACT;
    }
}
