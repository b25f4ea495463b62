package dev.espalier.methods.nuteprune.work;

import ai.djl.ndarray.NDList;
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
import dev.espalier.worker.training.LoraFactors;
import dev.espalier.worker.training.StudentFile;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Path;

/** The end of the prune stage when the cut model was taught on: LoRA becomes part of it. */
record FoldLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        Path source = bench.path(work.reads().model().orElseThrow());
        Path target = bench.path(work.writes().orElseThrow());
        RunConfig.Lora lora = bench.config().prune().lora();
        Path student = bench.files().verify(work.reads().version().orElseThrow());
        try (ModelFolder folder = ModelFolder.open(source);
                Decoder small = bench.load(folder);
                NDManager scope = bench.torch().scope();
                StudentFile version = StudentFile.open(student)) {
            NDList factors = LoraFactors.read(version, scope, small);
            Variant variant = new Variant(new NDList(), factors, lora.scale());
            int layers = folder.config().layers().size();
            HfExport.write(
                    small,
                    variant,
                    source,
                    target,
                    Dtype.F32,
                    layer -> reporter.progressed(layer, layers, "layers folded"));
            double difference = LogitsCheck.compare(small, variant, target, true);
            return Results.files(
                    assignment.key(),
                    Results.artefacts(bench.directory(), target),
                    JsonNodeFactory.instance.objectNode().put("max-logit-difference", difference));
        }
    }
}
