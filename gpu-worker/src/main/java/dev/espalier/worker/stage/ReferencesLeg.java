package dev.espalier.worker.stage;

import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.DomainTexts;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;

/** Before anything is trained: what the intact model loses on each domain, and how long the texts are. */
record ReferencesLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        return Results.measured(
                assignment.key(),
                new DomainTexts(bench).measure(bench.intact(), Variant.INTACT).json());
    }
}
