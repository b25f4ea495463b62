package dev.espalier.methods.bonsai.work;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.methods.bonsai.BonsaiKeys;
import dev.espalier.methods.bonsai.rounds.Progress;
import dev.espalier.methods.bonsai.rounds.ProgressFile;
import dev.espalier.methods.bonsai.rounds.Task;
import dev.espalier.methods.masked.Layout;
import dev.espalier.methods.masked.work.Units;
import dev.espalier.methods.metrics.ZScores;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Which units there are, what a metric thinks of them, and what of them shall go: the first version, as a blob. */
record StartLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        RunConfig config = bench.config();
        PrunableShape shape = bench.shape();
        int block = BonsaiKeys.of(config).ffnBlock();
        MaskSet scores =
                bench.scores(assignment.work(), config.prune().initialiseFrom().orElseThrow());
        MaskSet live = Units.live(bench.gone(), shape);
        Layout layout = Units.layout(shape, block);
        Units units = new Units(shape, block, Units.ordered(shape, Optional.of(scores), live), new float[0]);
        double[] logs = units.means(layout, scores.map(score -> Math.log(Math.max(score, 1e-30))), live);
        double[] left = units.sums(layout, live, live);
        Task task = Tasks.of(
                shape,
                layout,
                left,
                standardised(layout, logs, left),
                block,
                config.prune().sparsity(),
                bench.uniform());
        Units known = new Units(shape, block, units.order(), task.worth());
        BlobRef blob = bench.files().put(file -> ProgressFile.write(file, Progress.start(task), known.tensors()));
        Artefact artefact = new Artefact(BlobFolder.pathInRun(blob), blob.sha256(), blob.bytes());
        return Results.files(
                assignment.key(),
                List.of(artefact),
                JsonNodeFactory.instance.objectNode().put("units", task.units()));
    }

    /**
     * Within each part, so that parts can be compared.
     *
     * @param left how many that each unit stands for earlier rounds have left
     */
    private static double[] standardised(Layout layout, double[] logs, double[] left) {
        double[] all = new double[logs.length];
        layout.forEach((part, from) -> {
            double[] own =
                    ZScores.of(Arrays.copyOfRange(logs, from, from + part.units()), 1, unit -> left[from + unit] > 0);
            System.arraycopy(own, 0, all, from, own.length);
        });
        return all;
    }
}
