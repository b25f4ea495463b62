package dev.espalier.methods.closedform.work;

import dev.espalier.methods.closedform.CutOrder;
import dev.espalier.methods.oneshot.work.Shot;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.masks.Structure;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The surgeon chooses and re-fits, layer after pruned layer. */
record ShotLeg(Bench bench, boolean curved) implements LegWork {
    private static final Logger LOG = LoggerFactory.getLogger(ShotLeg.class);

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        PrunableShape shape = bench.shape();
        MaskSet gates = gates(assignment.work(), shape);
        int[][] rows = bench.calibrationRows();
        try (Errors errors = Errors.of(bench, curved, rows, reporter)) {
            return new Shot(bench).fired(assignment, errors.surgeon(gates), gates, reporter);
        }
    }

    /** As many zeros as units shall go. */
    private MaskSet gates(Work work, PrunableShape shape) throws IOException {
        if (work.order().equals(Work.NO_ORDER)) {
            return new DeterministicMasks(shape).uniform(shape.filled(0), bench.uniformShape());
        }
        CutOrder order = CutOrder.read(work.order());
        LOG.info("the cut is to cost {} nats a token, if layers do not mind each other", order.predicted());
        return shape.filled(1).mapRows((row, ones) -> {
            List<Integer> gone = row.structure() == Structure.HEADS ? order.heads() : order.channels();
            double[] gates = ones.clone();
            if (gates.length > 0) {
                Arrays.fill(gates, 0, gone.get(row.layer()), 0);
            }
            return gates;
        });
    }
}
