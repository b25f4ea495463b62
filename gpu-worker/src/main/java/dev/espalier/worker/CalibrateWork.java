package dev.espalier.worker;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.worker.calibration.Scores;
import dev.espalier.worker.masks.PrunableShape;
import java.io.IOException;
import java.util.List;

/** The calibrate stage: scores of all units by every metric, as a blob. */
record CalibrateWork(RunSession session) {

    WorkResult run(AssignmentKey key, Reporter reporter) throws IOException {
        PrunableShape shape = session.shape();
        int[][] rows = session.calibrationRows();
        Scores scores = session.calibration(session.intact())
                .run(
                        session.metrics().all(),
                        rows,
                        layer -> reporter.progressed(layer, shape.layers(), "layers calibrated"));
        BlobRef blob = session.files().put(scores::write);
        Artefact artefact = new Artefact(BlobFolder.pathInRun(blob), blob.sha256(), blob.bytes());
        return Outcome.files(
                key,
                List.of(artefact),
                JsonNodeFactory.instance.objectNode().put("calibration-tokens", (long) rows.length * rows[0].length));
    }
}
