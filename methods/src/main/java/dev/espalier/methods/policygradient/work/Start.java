package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.methods.policygradient.distribution.Budget;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.DistributionFile;
import dev.espalier.methods.policygradient.distribution.EarlierRun;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.IntStream;

/** What learning begins with: which units there are, and the probabilities that a metric or an earlier run gives them, or equal ones. */
record Start(Distribution distribution, Units units) {

    static Start of(Bench bench, Work work) throws IOException {
        return PolicyGradientKeys.of(bench.config()).startFrom().isPresent() ? goingOn(bench) : fromMetric(bench, work);
    }

    /** From what an earlier run learnt of the same units, whatever it was to reach. */
    private static Start goingOn(Bench bench) throws IOException {
        RunConfig config = bench.config();
        PrunableShape shape = bench.shape();
        EarlierRun earlier = EarlierRun.of(config);
        int block = PolicyGradientKeys.of(config).channels();
        Layout layout = Units.layout(shape, block);
        Units units = Units.read(shape, block, name -> DistributionFile.more(earlier.start(), name));
        MaskSet live = Units.live(bench.gone(), shape);
        int channels = live.layers() == 0 ? 0 : live.layers() * live.ffn(0).length;
        if (!layout.equals(earlier.learnt().layout()) || units.order().length != channels) {
            throw EarlierRun.wrong(
                    PolicyGradientKeys.of(config).startFrom().orElseThrow(), "learnt of a model of another shape");
        }
        double[] count = units.sums(layout, live, live);
        Budget budget = Budgets.of(config, shape, layout, count, block, bench.uniform());
        float[] learnt = earlier.learnt().last();
        double[] keep = IntStream.range(0, learnt.length)
                .mapToDouble(unit -> learnt[unit])
                .toArray();
        return new Start(Distribution.start(budget, keep), units);
    }

    private static Start fromMetric(Bench bench, Work work) throws IOException {
        RunConfig config = bench.config();
        PolicyGradientSettings settings = PolicyGradientKeys.of(config);
        PrunableShape shape = bench.shape();
        Optional<String> metric = config.prune().initialiseFrom();
        Optional<MaskSet> scores =
                metric.isPresent() ? Optional.of(bench.scores(work, metric.get())) : Optional.empty();
        MaskSet live = Units.live(bench.gone(), shape);
        int block = settings.channels();
        Layout layout = Units.layout(shape, block);
        float[] order = Units.ordered(shape, scores, live);
        Units unordered = new Units(shape, block, order, new float[0]);
        double[] count = unordered.sums(layout, live, live);
        Budget budget = Budgets.of(config, shape, layout, count, block, bench.uniform());
        Probabilities start = new Probabilities(layout, budget, settings.faithful());
        double[] prior = scores.map(all -> settings.faithful() ? all : all.map(Start::log))
                .map(all -> unordered.means(layout, all, live))
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
}
