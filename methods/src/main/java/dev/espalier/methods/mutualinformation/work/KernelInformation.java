package dev.espalier.methods.mutualinformation.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.espalier.methods.metrics.WandaSp;
import dev.espalier.methods.mutualinformation.MutualInformationKeys;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.torch.Torch;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What pairs of FFN channels share that are drawn by chance: Renyi's entropy of order 2 of Gaussian kernels. Of two the one of
 * the lower number goes. Of heads, of which the paper says nothing, their worth.
 */
final class KernelInformation implements Metric {
    /** Pairs that are drawn for each channel. */
    private static final int DRAWN = 8;

    /** Floats of the kernels that are looked at together: what a processor keeps at hand. */
    private static final int BLOCK = 1 << 18;

    /** What rounding makes of nothing, nats. */
    private static final double NOTHING = 1e-4;

    private final Metric worth = new WandaSp();

    @Override
    public String name() {
        return MutualInformationKeys.FAITHFUL;
    }

    @Override
    public Set<Statistic> needs() {
        return Stream.concat(worth.needs().stream(), Stream.of(Positions.FEW)).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public double[] score(SubBlock block) {
        double[] worth = this.worth.score(block);
        if (block.row().structure() != Structure.FFN || worth.length < 2) {
            return worth;
        }
        int[][] pairs = drawn(worth.length, block.row().layer());
        double[] nats = nats(block.torch(), Positions.FEW.of(block), pairs);
        Redundancy redundancy = new Redundancy(worth);
        IntStream.range(0, nats.length)
                .boxed()
                .sorted(Comparator.comparingDouble(pair -> -nats[pair]))
                .filter(pair -> nats[pair] > NOTHING)
                .forEachOrdered(pair -> {
                    if (redundancy.isLeft(pairs[pair][0]) && redundancy.isLeft(pairs[pair][1])) {
                        redundancy.goes(Math.min(pairs[pair][0], pairs[pair][1]), nats[pair]);
                    }
                });
        return redundancy.scores();
    }

    /** Random's numbers are what its documentation says they are, so that the same pairs are drawn everywhere. */
    private static int[][] drawn(int units, int layer) {
        Random random = new Random(layer);
        int[][] pairs = new int[DRAWN * units][2];
        for (int[] pair : pairs) {
            pair[0] = random.nextInt(units);
            int other = random.nextInt(units - 1);
            pair[1] = other < pair[0] ? other : other + 1;
        }
        return pairs;
    }

    /** @param kept activations [P,F]; @return what each pair shares */
    static double[] nats(Torch torch, NDArray kept, int[][] pairs) {
        int units = Math.toIntExact(kept.getShape().get(1));
        int[][] alone =
                IntStream.range(0, units).mapToObj(unit -> new int[] {unit}).toArray(int[][]::new);
        try (NDManager scope = torch.scope()) {
            NDArray z = torch.tensor(scope, "information_standardised", kept);
            double[] single = entropies(torch, z, alone);
            double[] joint = entropies(torch, z, pairs);
            return IntStream.range(0, pairs.length)
                    .mapToDouble(pair -> Math.log(2) * (single[pairs[pair][0]] + single[pairs[pair][1]] - joint[pair]))
                    .toArray();
        }
    }

    /** Bits. @param z [F,P]; @param units as many in each row */
    private static double[] entropies(Torch torch, NDArray z, int[][] units) {
        long positions = z.getShape().get(1);
        double width = Math.pow(positions, -0.2);
        int together = (int) Math.max(1, BLOCK / (positions * positions));
        double[] bits = new double[units.length];
        for (int from = 0; from < units.length; from += together) {
            int[][] block = Arrays.copyOfRange(units, from, Math.min(units.length, from + together));
            try (NDManager step = torch.scope()) {
                int[] flat = Arrays.stream(block).flatMapToInt(Arrays::stream).toArray();
                double[] found = torch.tensor(
                                step,
                                "information_entropy",
                                z,
                                torch.ints(step, flat, block.length, block[0].length),
                                width)
                        .toDoubleArray();
                System.arraycopy(found, 0, bits, from, found.length);
            }
        }
        return bits;
    }
}
