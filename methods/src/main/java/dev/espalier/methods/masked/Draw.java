package dev.espalier.methods.masked;

/**
 * Uniform numbers that follow from a seed, a step and a number in the step, whoever draws them: SplitMix64 (Steele et al.
 * 2014), written out, for the journal outlives libraries.
 */
public final class Draw {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final double UNIT = 0x1.0p-53;

    private long state;

    /** @param seed of the stage; @param sample number of the mask in its step */
    public Draw(long seed, int step, int sample) {
        state = mix(mix(mix(seed) + step) + sample);
    }

    /** The next of them, in [0,1). */
    public double next() {
        state += GOLDEN;
        return (mix(state) >>> 11) * UNIT;
    }

    static long mix(long bits) {
        long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
