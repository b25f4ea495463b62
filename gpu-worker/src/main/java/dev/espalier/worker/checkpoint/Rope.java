package dev.espalier.worker.checkpoint;

/**
 * Rotary position embedding: inverse frequency j of {@code headDim/2} is {@code theta^(-2j/headDim)}, then scaled.
 *
 * @param theta base of the frequencies
 * @param kind how the frequencies are stretched for longer contexts
 * @param factor the stretch; 1 for {@link Kind#DEFAULT}
 * @param lowFrequencyFactor llama3 only, else 1
 * @param highFrequencyFactor llama3 only, else 1
 * @param originalMaxPositions llama3 only: the context the model was trained with before stretching, else 0
 */
public record Rope(
        double theta,
        Kind kind,
        double factor,
        double lowFrequencyFactor,
        double highFrequencyFactor,
        int originalMaxPositions) {

    public enum Kind {
        DEFAULT,
        /** All frequencies divided by the factor. */
        LINEAR,
        /** Long wavelengths divided by the factor, short ones kept, linear between the two factors' wavelengths. */
        LLAMA3
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
            frequencies[j] = scaled(Math.pow(theta, -2.0 * j / headDim));
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
        return (1 - smooth) * frequency / factor + smooth * frequency;
    }
}
