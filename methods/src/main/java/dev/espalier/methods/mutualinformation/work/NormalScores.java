package dev.espalier.methods.mutualinformation.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;

/**
 * Information under a Gaussian copula: I = -1/2 ln(1 - rho^2), rho the correlation of normal scores. Pairs are looked at some
 * rows of the matrix at a time, which is never there as a whole.
 *
 * @param z normal scores, each row of length 1 [F,P]
 */
record NormalScores(Torch torch, NDArray z) implements Redundancy.Nearest {
    /** Rows of the matrix of correlations, and inputs that are ranked, at a time. */
    private static final int BLOCK = 512;

    /** Nearest ones that are told at a time: where one went, the next is mostly there. */
    private static final int COUNT = 16;

    /** What rounding leaves of 1 - rho^2 where two say exactly the same. */
    private static final double LEAST = 1e-6;

    /** @param kept activations [P,F] */
    static NormalScores of(Torch torch, NDManager scope, NDArray kept) {
        return new NormalScores(torch, torch.tensor(scope, "information_normal_scores", kept, BLOCK));
    }

    @Override
    public Redundancy.Found[] of(int[] units, boolean[] left) {
        Redundancy.Found[] all = new Redundancy.Found[units.length];
        float[] there = new float[left.length];
        for (int unit = 0; unit < there.length; unit++) {
            there[unit] = left[unit] ? 1 : 0;
        }
        for (int from = 0; from < units.length; from += BLOCK) {
            int[] block = Arrays.copyOfRange(units, from, Math.min(units.length, from + BLOCK));
            try (NDManager step = torch.scope()) {
                NDList found = torch.call(
                        step,
                        "information_nearest",
                        z,
                        torch.ints(step, block, block.length),
                        torch.floats(step, there, there.length),
                        COUNT);
                float[] correlations = found.get(0).toFloatArray();
                long[] at = found.get(1).toLongArray();
                int count = at.length / block.length;
                for (int i = 0; i < block.length; i++) {
                    double[] information = new double[count];
                    int[] partners = new int[count];
                    for (int place = 0; place < count; place++) {
                        information[place] = nats(correlations[i * count + place]);
                        partners[place] = (int) at[i * count + place];
                    }
                    all[from + i] = new Redundancy.Found(information, partners);
                }
            }
        }
        return all;
    }

    private static double nats(double correlation) {
        return correlation <= 0 ? 0 : -Math.log(Math.max(LEAST, 1 - correlation * correlation)) / 2;
    }
}
