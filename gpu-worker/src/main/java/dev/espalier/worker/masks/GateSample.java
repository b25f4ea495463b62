package dev.espalier.worker.masks;

import java.util.SplittableRandom;

/**
 * One draw of all gates, shared by the sequences of a batch.
 *
 * @param gates z in [0, 1]
 * @param slope dz / dlogit
 */
public record GateSample(MaskSet gates, MaskSet slope) {

    /**
     * An independent draw of each gate; the same seed and step give the same draw.
     *
     * @param seed of the run; neighbouring ones have nothing in common
     */
    public static GateSample draw(MaskSet logits, double beta, long seed, int step) {
        // The generator counts up by one constant: without the hash, seeds that are near would share their sequence.
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + step);
        double[] alphas = logits.flat();
        double[] gates = new double[alphas.length];
        double[] slopes = new double[alphas.length];
        for (int i = 0; i < alphas.length; i++) {
            double u = random.nextDouble(HardConcrete.EPSILON, 1 - HardConcrete.EPSILON);
            gates[i] = HardConcrete.sample(u, alphas[i], beta);
            slopes[i] = HardConcrete.sampleSlope(u, alphas[i], beta);
        }
        return new GateSample(logits.withFlat(gates), logits.withFlat(slopes));
    }
}
