package dev.espalier.methods.oneshot.work;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.compensation.RefittedUnits;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.Gone;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * The units of the lowest scores go.
 *
 * @param metric whose scores
 * @param order from these, numbers to compare all units by
 */
record ScoresLeg(Bench bench, String metric, UnaryOperator<MaskSet> order) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        RunConfig config = bench.config();
        PrunableShape shape = bench.shape();
        double sparsity = config.prune().sparsity();
        Gone gone = bench.gone();
        MaskSet scores = bench.scores(assignment.work(), metric);
        MaskSet logits = gone.back(order.apply(gone.live(scores)), Double.NEGATIVE_INFINITY);
        MaskSet gates = new DeterministicMasks(shape).cut(logits, sparsity, bench.uniform());
        KeptUnits units = new MaskedUnits(shape, gates);
        if (config.prune().refit()) {
            units = new RefittedUnits(
                    units, bench.torch(), shape, config.calibrate().damping());
        }
        return new Shot(bench).fired(assignment, units, gates, reporter);
    }
}
