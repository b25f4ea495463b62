package dev.espalier.worker.checkpoint;

/**
 * Rotary position embedding: inverse frequency j of {@code headDim/2} is {@code theta^(-2j/headDim)}, then scaled.
 * ("Dynamic" scaling is none up to max_position_embeddings, and longer texts are never asked for.)
 *
 * @param theta base of the frequencies
 * @param kind how the frequencies are stretched for longer contexts
 * @param factor the stretch; 1 for {@link Kind#DEFAULT}
 * @param lowFrequencyFactor llama3, and yarn's beta_slow, else 1: turns within the trained context up to which a frequency
 *     is divided by the factor
 * @param highFrequencyFactor llama3, and yarn's beta_fast, else 1: turns from which it is kept
 * @param originalMaxPositions llama3 and yarn: the context the model was trained with before stretching, else 0
 * @param magnitude what cosines and sines are multiplied by, 1 but for yarn
 * @param truncated yarn only: whether the two bounds are whole frequencies
 */
public record Rope(
        double theta,
        Kind kind,
        double factor,
        double lowFrequencyFactor,
        double highFrequencyFactor,
        int originalMaxPositions,
        double magnitude,
        boolean truncated) {

    public enum Kind {
        DEFAULT,
        /** All frequencies divided by the factor. */
        LINEAR,
        /** Long wavelengths divided by the factor, short ones kept, linear between the two factors' wavelengths. */
        LLAMA3,
        /** The same, but linear in the frequency's index between the two (YaRN, arXiv 2309.00071). */
        YARN
    }

    public Rope(
            double theta,
            Kind kind,
            double factor,
            double lowFrequencyFactor,
            double highFrequencyFactor,
            int originalMaxPositions) {
        this(theta, kind, factor, lowFrequencyFactor, highFrequencyFactor, originalMaxPositions, 1, false);
    }

    static Rope unscaled(double theta) {
        return new Rope(theta, Kind.DEFAULT, 1, 1, 1, 0);
    }

    /**
     * The scaled inverse frequencies, in radians per position, as transformers' {@code modeling_rope_utils} computes
     * them.
     *
     * @param headDim even size of a head
     * @return {@code headDim/2} values
     */
    public double[] inverseFrequencies(int headDim) {
        double[] frequencies = new double[headDim / 2];
        for (int j = 0; j < frequencies.length; j++) {
            double frequency = Math.pow(theta, -2.0 * j / headDim);
            frequencies[j] = kind == Kind.YARN ? between(frequency, kept(j, headDim)) : scaled(frequency);
        }
        return frequencies;
    }

    private double scaled(double frequency) {
        if (kind != Kind.LLAMA3) {
            return frequency / factor;
        }
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength > originalMaxPositions / lowFrequencyFactor) {
            return frequency / factor;
        }
        if (wavelength < originalMaxPositions / highFrequencyFactor) {
            return frequency;
        }
        double smooth =
                (originalMaxPositions / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
        return between(frequency, smooth);
    }

    /** @param kept share of the frequency as it is; the rest is divided by the factor */
    private double between(double frequency, double kept) {
        return (1 - kept) * frequency / factor + kept * frequency;
    }

    /** YaRN's share of frequency {@code j} that is kept. */
    private double kept(int j, int headDim) {
        double first = indexOf(highFrequencyFactor, headDim);
        double last = indexOf(lowFrequencyFactor, headDim);
        if (truncated) {
            first = Math.floor(first);
            last = Math.ceil(last);
        }
        first = Math.max(first, 0);
        last = Math.min(last, headDim - 1);
        if (first == last) {
            last += 0.001;
        }
        return 1 - Math.min(1, Math.max(0, (j - first) / (last - first)));
    }

    /** Of the frequency that turns so often within the trained context. */
    private double indexOf(double turns, int headDim) {
        return headDim * Math.log(originalMaxPositions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }
}
