package dev.espalier.worker.stage;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.compensation.Expander;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.KeptFile;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a later round starts from: the model that the round before left, with what was recovered folded in, in the intact one's
 * places. It computes the same.
 */
record BaseLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        String left = work.reads().model().orElseThrow();
        String base = work.writes().orElseThrow();
        Path target = bench.path(base);
        MaskSet kept = KeptFile.read(bench.path(RunLayout.keptBeside(left)));
        bench.releaseIntact();
        try (ModelFolder folder = ModelFolder.open(bench.path(left));
                NDManager scope = bench.torch().scope();
                Recovered recovered = Recovered.load(bench, work, scope, folder)) {
            Decoder small = recovered.model();
            Variant variant = recovered.variant();
            int layers = folder.config().layers().size();
            new Expander(small, bench.shape(), kept)
                    .write(
                            variant,
                            bench.path(left),
                            target,
                            layer -> reporter.progressed(layer, layers, "layers put back"));
            double difference = LogitsCheck.compare(small, variant, target, true);
            KeptFile.write(bench.path(RunLayout.keptBefore(base)), bench.shape(), kept);
            return Results.files(
                    assignment.key(),
                    Results.artefacts(bench.directory(), target),
                    JsonNodeFactory.instance.objectNode().put("max-logit-difference", difference));
        }
    }
}
