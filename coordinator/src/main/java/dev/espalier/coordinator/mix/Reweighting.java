package dev.espalier.coordinator.mix;

import dev.espalier.protocol.config.RunConfig.Mix;
import dev.espalier.protocol.config.RunConfig.MixKind;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What becomes of the domains' shares when their losses are known: exponentiated-gradient steps of dynamic batch loading
 * (Xia et al. 2023, arXiv 2310.06694, algorithm 1 and its authors' code; docs/methods/mix.md).
 */
final class Reweighting {
    private Reweighting() {}

    /**
     * @param shares of the domains, summing to 1
     * @param losses in the same order, nats per token; @param references what they shall reach
     * @return others, summing to 1
     */
    static List<Double> next(Mix mix, List<Double> shares, List<Double> losses, List<Double> references) {
        if (mix.kind() == MixKind.CONSTANT) {
            return shares;
        }
        double[] scores = IntStream.range(0, shares.size())
                .mapToDouble(i -> {
                    double gap = losses.get(i) - references.get(i);
                    double counted = mix.clamp() ? Math.max(0, gap) : gap;
                    double now = mix.kind() == MixKind.BANDIT ? shares.get(i) : Math.log(shares.get(i));
                    return now + mix.stepSize() * counted;
                })
                .toArray();
        double[] moved = softmax(scores);
        double equal = mix.smoothing() / moved.length;
        double[] smooth = Arrays.stream(moved)
                .map(share -> (1 - mix.smoothing()) * share + equal)
                .toArray();
        return DoubleStream.of(atLeast(mix.minShare(), normalised(smooth)))
                .boxed()
                .toList();
    }

    private static double[] softmax(double[] scores) {
        double most = Arrays.stream(scores).max().orElse(0);
        return normalised(
                Arrays.stream(scores).map(score -> Math.exp(score - most)).toArray());
    }

    private static double[] normalised(double[] shares) {
        double sum = Arrays.stream(shares).sum();
        return Arrays.stream(shares).map(share -> share / sum).toArray();
    }

    /** Shares below the least get it, and the others give it up in proportion. */
    private static double[] atLeast(double least, double[] shares) {
        boolean[] fixed = new boolean[shares.length];
        double[] raised = shares;
        while (true) {
            double free = 0;
            double held = 0;
            for (int i = 0; i < shares.length; i++) {
                fixed[i] |= raised[i] < least;
                held += fixed[i] ? least : 0;
                free += fixed[i] ? 0 : shares[i];
            }
            double factor = (1 - held) / free;
            double[] next = new double[shares.length];
            for (int i = 0; i < shares.length; i++) {
                next[i] = fixed[i] ? least : shares[i] * factor;
            }
            if (IntStream.range(0, next.length).allMatch(i -> next[i] >= least)) {
                return held == 0 ? shares : next;
            }
            raised = next;
        }
    }
}
