package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.methods.policygradient.distribution.Budget;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.Layout;
import dev.espalier.methods.policygradient.distribution.Layout.Kind;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.Gone;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/** What learning begins with: which units there are, and the probabilities that a metric gives them, or equal ones. */
record Start(Distribution distribution, Units units) {

    static Start of(Bench bench, Work work) throws IOException {
        RunConfig config = bench.config();
        PolicyGradientSettings settings = PolicyGradientKeys.of(config);
        PrunableShape shape = bench.shape();
        Optional<String> metric = config.prune().initialiseFrom();
        Optional<MaskSet> scores =
                metric.isPresent() ? Optional.of(bench.scores(work, metric.get())) : Optional.empty();
        MaskSet live = live(bench.gone(), shape);
        int block = settings.channels();
        Layout layout = Units.layout(shape, block);
        float[] order = order(shape, scores, live);
        Units unordered = new Units(shape, block, order, new float[0]);
        double[] count = means(layout, unordered, live, live, false);
        Budget budget = Budgets.of(config, shape, layout, count, block, bench.uniform());
        Probabilities start = new Probabilities(layout, budget, settings.faithful());
        double[] prior = scores.map(all -> settings.faithful() ? all : all.map(Start::log))
                .map(all -> means(layout, unordered, all, live, true))
                .orElseGet(() -> new double[layout.units()]);
        double[] standardised = start.standardised(prior);
        Distribution distribution = Distribution.start(budget, start.of(standardised));
        float[] floats = new float[standardised.length];
        for (int unit = 0; unit < floats.length; unit++) {
            floats[unit] = (float) standardised[unit];
        }
        return new Start(distribution, new Units(shape, block, order, floats));
    }

    private static double log(double score) {
        return Math.log(Math.max(score, 1e-30));
    }

    /** 1 where earlier rounds left a unit, of heads and channels; layers and sub-blocks are never gone. */
    static MaskSet live(Gone gone, PrunableShape shape) {
        MaskSet all = shape.filled(1);
        return gone == Gone.NONE ? all : gone.back(gone.live(all), 0);
    }

    /** The channels of each layer, best first; those that are gone last. */
    private static float[] order(PrunableShape shape, Optional<MaskSet> scores, MaskSet live) {
        int channels = live.layers() == 0 ? 0 : live.ffn(0).length;
        float[] order = new float[shape.layers() * channels];
        for (int layer = 0; layer < shape.layers() && channels > 0; layer++) {
            double[] left = live.ffn(layer);
            double[] worth = scores.isPresent() ? scores.get().ffn(layer) : left;
            int[] sorted = IntStream.range(0, channels)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(channel -> -left[channel])
                            .thenComparingDouble(channel -> -worth[channel]))
                    .mapToInt(Integer::intValue)
                    .toArray();
            for (int place = 0; place < channels; place++) {
                order[layer * channels + place] = sorted[place];
            }
        }
        return order;
    }

    /** Sums, or means, over those that each unit stands for and that are left. */
    private static double[] means(Layout layout, Units units, MaskSet of, MaskSet live, boolean mean) {
        double[] sums = new double[layout.units()];
        double[] counts = new double[layout.units()];
        layout.forEach((part, from) -> {
            double[] values = of.row(Units.row(part));
            double[] left = live.row(Units.row(part));
            for (int place = 0; place < values.length; place++) {
                boolean blocks = part.kind() == Kind.FFN;
                int at = blocks ? (int) units.order()[part.layer() * values.length + place] : place;
                int unit = from + (blocks ? place / units.block() : place);
                if (left[at] != 0) {
                    sums[unit] += values[at];
                    counts[unit]++;
                }
            }
        });
        return mean
                ? IntStream.range(0, sums.length)
                        .mapToDouble(unit -> counts[unit] == 0 ? 0 : sums[unit] / counts[unit])
                        .toArray()
                : sums;
    }
}
