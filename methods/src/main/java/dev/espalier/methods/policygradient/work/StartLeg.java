package dev.espalier.methods.policygradient.work;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.DistributionFile;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.util.List;

/** The distribution that learning begins with, as a blob. */
record StartLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Start start = Start.of(bench, assignment.work());
        Distribution distribution = start.distribution();
        BlobRef blob = bench.files()
                .put(file ->
                        DistributionFile.write(file, distribution, start.units().tensors()));
        Artefact artefact = new Artefact(BlobFolder.pathInRun(blob), blob.sha256(), blob.bytes());
        return Results.files(
                assignment.key(),
                List.of(artefact),
                JsonNodeFactory.instance.objectNode().put("probabilities", distribution.units()));
    }
}
