package dev.espalier.methods.closedform.work;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.TokenTensors;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.ResultTable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the cut was foretold to cost beside what it costs: the sum of what thinning each sub-block by itself was measured to
 * do, and all of it together. Both are KL from the intact model, on the rows that the curves were measured on.
 *
 * @param predicted nats a token; @param measured nats a token
 */
record Foretold(double predicted, double measured) {
    /** @param pruned folder of the smaller model, whose hidden size is the intact one's */
    static Foretold of(double predicted, Bench bench, Path pruned) throws IOException {
        Decoder intact = bench.intact();
        int[][] rows = HeldOut.rows(bench.calibrationRows());
        try (ModelFolder folder = ModelFolder.open(pruned);
                Decoder small = Decoder.load(bench.torch(), folder, rows[0].length, false);
                NDManager scope = bench.torch().scope()) {
            NDArray ids = TokenTensors.ids(bench.torch(), scope, rows);
            NDArray wanted =
                    intact.hiddenStates(scope, ids, Variant.INTACT, false).singletonOrThrow();
            NDArray found =
                    small.hiddenStates(scope, ids, Variant.INTACT, false).singletonOrThrow();
            return new Foretold(predicted, Beside.divergence(scope, intact, wanted, found));
        }
    }

    /** Adds a table for the report. What is no number becomes null. */
    void write(ObjectNode measurements) {
        ResultTable table = ResultTable.in(
                measurements,
                "What the cut costs, foretold and found",
                "KL from the intact model on the calibration text that the curves were measured on, before any training. Foretold: the"
                        + " sum of what thinning each sub-block by itself does.",
                "",
                "nats a token");
        table.row("foretold", predicted);
        table.row("found", measured);
    }
}
