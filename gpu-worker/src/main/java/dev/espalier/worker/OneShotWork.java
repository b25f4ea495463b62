package dev.espalier.worker;

import ai.djl.ndarray.NDList;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.compensation.Compactor;
import dev.espalier.worker.compensation.KeptUnits;
import dev.espalier.worker.compensation.MaskedUnits;
import dev.espalier.worker.compensation.RefittedUnits;
import dev.espalier.worker.compensation.Surgeon;
import dev.espalier.worker.masks.DeterministicMasks;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.nuteprune.InitialLogits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Pruning in one shot: by the surgeon, or by a metric's scores. */
record OneShotWork(RunSession session) {

    WorkResult run(AssignmentKey key, Work work, Reporter reporter) throws IOException {
        RunConfig config = session.config();
        PrunableShape shape = session.shape();
        Path target = session.path(work.writes().orElseThrow());
        boolean surgeon = config.prune().method() == RunConfig.Method.OBS;
        double damping = config.calibrate().damping();
        MaskSet gates = surgeon
                ? new DeterministicMasks(shape).uniform(shape.filled(0), session.uniformShape())
                : gates(work, shape);
        KeptUnits units = surgeon ? new Surgeon(session.torch(), shape, gates, damping) : new MaskedUnits(shape, gates);
        if (!surgeon && config.prune().refit()) {
            units = new RefittedUnits(units, session.torch(), shape, damping);
        }
        Compactor.Result pruned = new Compactor(session.intact(), shape)
                .write(
                        units.needsGram() ? session.calibrationRows() : new int[0][],
                        units,
                        new double[0],
                        new NDList(),
                        0,
                        Compactor.shapes(shape, gates),
                        config.model().path(),
                        target,
                        layer -> reporter.progressed(layer, shape.layers(), "layers pruned"));
        return new PrunedModel(session).result(key, pruned, target);
    }

    private MaskSet gates(Work work, PrunableShape shape) throws IOException {
        RunConfig config = session.config();
        String metric = word(config.prune().method());
        Optional<Path> scores = work.reads().blob(Work.Reads.CALIBRATION).isPresent()
                ? Optional.of(session.files()
                        .verify(work.reads().blob(Work.Reads.CALIBRATION).get()))
                : Optional.empty();
        MaskSet logits =
                InitialLogits.fromScores(session.scores(scores, metric)).set();
        return new DeterministicMasks(shape)
                .at(
                        logits,
                        config.prune().sparsity(),
                        session.uniform(),
                        config.prune().sparsity());
    }

    /** The metric's name is the method's. */
    private static String word(RunConfig.Method method) {
        return method.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
