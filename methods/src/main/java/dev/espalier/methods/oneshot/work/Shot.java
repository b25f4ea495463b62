package dev.espalier.methods.oneshot.work;

import ai.djl.ndarray.NDList;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.PrunedModel;
import dev.espalier.worker.work.Reporter;
import java.io.IOException;
import java.nio.file.Path;

/** The smaller model, straight from the intact one. */
public record Shot(Bench bench) {
    private static final int[][] NO_TEXT = {};

    /** @param gates whose zeros are as many as units of each layer go */
    public WorkResult fired(Assignment assignment, KeptUnits units, MaskSet gates, Reporter reporter)
            throws IOException {
        PrunableShape shape = bench.shape();
        Path target = bench.path(assignment.work().writes().orElseThrow());
        Compactor.Result pruned = new Compactor(bench.intactByLayers(), shape)
                .write(
                        units.damping().isPresent() ? bench.calibrationRows() : NO_TEXT,
                        units,
                        new double[0],
                        new NDList(),
                        0,
                        Compactor.shapes(shape, gates),
                        bench.config().model().path(),
                        target,
                        layer -> reporter.progressed(layer, shape.layers(), "layers pruned"));
        return new PrunedModel(bench).result(assignment.key(), pruned, target);
    }
}
