package dev.espalier.methods.policygradient.work;

import dev.espalier.methods.masked.MaskLegs;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.oneshot.work.Shot;
import dev.espalier.methods.policygradient.PolicyGradientKeys;
import dev.espalier.methods.policygradient.PolicyGradientSettings;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.DistributionFile;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.compensation.RefittedUnits;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;
import java.nio.file.Path;

/** The end: what is most probable stays, exactly as much as the target says; the rest is re-fitted if that is asked for. */
record CutLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        RunConfig config = bench.config();
        PolicyGradientSettings settings = PolicyGradientKeys.of(config);
        PrunableShape shape = bench.shape();
        Distribution distribution = DistributionFile.read(
                bench.files().verify(work.reads().version().orElseThrow()));
        Path start = bench.files().verify(work.reads().blob(MaskLegs.START).orElseThrow());
        Units units = Units.read(shape, settings.channels(), name -> DistributionFile.more(start, name));
        Choice choice = new Choice(distribution, units, Units.live(bench.gone(), shape));
        MaskSet gates = settings.faithful() && !config.export().uniform()
                ? choice.ofEachGroup(config.prune().sparsity())
                : choice.ofAll(config.prune().sparsity(), bench.uniform());
        KeptUnits kept = new MaskedUnits(shape, gates);
        if (config.prune().refit()) {
            kept = new RefittedUnits(
                    kept, bench.torch(), shape, config.calibrate().damping());
        }
        return new Shot(bench).fired(assignment, kept, gates, reporter);
    }
}
