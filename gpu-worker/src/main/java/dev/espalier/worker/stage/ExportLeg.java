package dev.espalier.worker.stage;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;

/** The export stage: the recovered model as an ordinary folder, reloaded and compared. */
record ExportLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        RunConfig config = bench.config();
        Dtype dtype = Dtype.byName(config.export().dtype()).orElseThrow();
        Path target = bench.path(work.writes().orElseThrow());
        Path source = bench.path(work.reads().model().orElseThrow());
        try (ModelFolder folder = ModelFolder.open(source);
                NDManager scope = bench.torch().scope();
                Recovered recovered = Recovered.load(bench, work, scope, folder)) {
            Decoder small = recovered.model();
            Variant variant = recovered.variant();
            int layers = folder.config().layers().size();
            HfExport.write(
                    small,
                    variant,
                    source,
                    target,
                    dtype,
                    layer -> reporter.progressed(layer, layers, "layers exported"));
            double difference = LogitsCheck.compare(small, variant, target, dtype == Dtype.F32);
            return Results.files(
                    assignment.key(),
                    Results.artefacts(bench.directory(), target),
                    JsonNodeFactory.instance.objectNode().put("max-logit-difference", difference));
        }
    }
}
