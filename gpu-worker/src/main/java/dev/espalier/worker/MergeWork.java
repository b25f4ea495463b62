package dev.espalier.worker;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.training.StudentFile;
import java.io.IOException;
import java.nio.file.Path;

/** The end of the prune stage when the cut model was taught on: LoRA becomes part of it. */
record MergeWork(RunSession session) {

    WorkResult run(AssignmentKey key, Work work, Reporter reporter) throws IOException {
        Path source = session.path(work.reads().model().orElseThrow());
        Path target = session.path(work.writes().orElseThrow());
        RunConfig.Lora lora = session.config().prune().lora();
        Path student = session.files().verify(work.reads().version().orElseThrow());
        try (ModelFolder folder = ModelFolder.open(source);
                Decoder small = session.load(folder);
                NDManager scope = session.torch().scope();
                SafetensorsReader reader = SafetensorsReader.open(student)) {
            NDList factors = StudentFile.factors(reader, session.torch(), scope, small);
            Variant variant = new Variant(new NDList(), factors, lora.alpha() / lora.rank());
            int layers = folder.config().layers().size();
            HfExport.write(
                    small,
                    variant,
                    source,
                    target,
                    Dtype.F32,
                    layer -> reporter.progressed(layer, layers, "layers merged"));
            double difference = LogitsCheck.compare(small, variant, target, true);
            return Outcome.files(
                    key,
                    Outcome.artefacts(session.directory(), target),
                    JsonNodeFactory.instance.objectNode().put("max-logit-difference", difference));
        }
    }
}
