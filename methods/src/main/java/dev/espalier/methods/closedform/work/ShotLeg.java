package dev.espalier.methods.closedform.work;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The surgeon chooses and re-fits, layer after pruned layer. */
record ShotLeg(Bench bench, boolean curved) implements LegWork {
    private static final Logger LOG = LoggerFactory.getLogger(ShotLeg.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        PrunableShape shape = bench.shape();
        Work work = assignment.work();
        if (work.order().equals(Work.NO_ORDER)) {
            return fired(
                    assignment, new DeterministicMasks(shape).uniform(shape.filled(0), bench.uniformShape()), reporter);
        }
        CutOrder order = CutOrder.read(work.order());
        WorkResult result = fired(assignment, gates(order, shape), reporter);
        Foretold foretold =
                Foretold.of(order.predicted(), bench, bench.path(work.writes().orElseThrow()));
        LOG.info(
                "the cut costs {} nats a token; foretold were {}, if layers did not mind each other",
                foretold.measured(),
                foretold.predicted());
        ObjectNode measurements = (ObjectNode) JSON.readTree(result.measurements());
        foretold.write(measurements);
        return Results.files(result.key(), result.artefacts(), measurements);
    }

    private WorkResult fired(Assignment assignment, MaskSet gates, Reporter reporter) throws IOException {
        try (Errors errors = Errors.of(bench, curved, bench.calibrationRows(), reporter)) {
            return new Shot(bench).fired(assignment, errors.surgeon(gates), gates, reporter);
        }
    }

    /** As many zeros as units shall go. */
    private static MaskSet gates(CutOrder order, PrunableShape shape) {
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
