package dev.espalier.worker.stage;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.CalibrationOrder;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Scores;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/** The calibrate stage: scores of all units by the metrics that are wanted, as a blob. */
record CalibrateLeg(Bench bench) implements LegWork {
    private static final int[][] NO_TEXT = {};

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        PrunableShape shape = bench.shape();
        int[][] rows = bench.calibrationRows();
        Collection<Metric> metrics =
                metrics(CalibrationOrder.read(assignment.work().order()));
        boolean gradients =
                metrics.stream().anyMatch(metric -> !metric.needsOfGradients().isEmpty());
        Scores scores = bench.calibration(gradients ? bench.intact() : bench.intactByLayers())
                .run(
                        metrics,
                        rows,
                        gradients ? bench.gradientRows() : NO_TEXT,
                        layer -> reporter.progressed(layer, shape.layers(), "layers calibrated"));
        BlobRef blob = bench.files().put(scores::write);
        Artefact artefact = new Artefact(BlobFolder.pathInRun(blob), blob.sha256(), blob.bytes());
        return Results.files(
                assignment.key(),
                List.of(artefact),
                JsonNodeFactory.instance.objectNode().put("calibration-tokens", (long) rows.length * rows[0].length));
    }

    private Collection<Metric> metrics(CalibrationOrder order) {
        return order.metrics().isEmpty()
                ? bench.metrics().all()
                : order.metrics().stream().map(bench.metrics()::named).toList();
    }
}
