package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.methods.policygradient.distribution.Budget;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import java.io.IOException;
import java.util.Optional;

/** What learning begins with: which units there are, and the probabilities that a metric gives them, or equal ones. */
record Start(Distribution distribution, Units units) {

    static Start of(Bench bench, Work work) throws IOException {
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
