package dev.espalier.methods.oneshot.work;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.compensation.Surgeon;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;

/** The surgeon chooses and re-fits, layer after pruned layer; all layers end with one shape. */
record ClosedFormLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        PrunableShape shape = bench.shape();
        MaskSet gates = new DeterministicMasks(shape).uniform(shape.filled(0), bench.uniformShape());
        Surgeon surgeon = new Surgeon(
                bench.torch(), shape, gates, bench.config().calibrate().damping());
        return new Shot(bench).fired(assignment, surgeon, gates, reporter);
    }
}
