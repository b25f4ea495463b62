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

/** The export stage: the recovered model as an ordinary folder, reloaded and compared. */
record ExportWork(RunSession session) {

    WorkResult run(AssignmentKey key, Work work, Reporter reporter) throws IOException {
        RunConfig config = session.config();
        Dtype dtype = Dtype.byName(config.export().dtype()).orElseThrow();
        Path target = session.path(work.writes().orElseThrow());
        Path source = session.path(work.reads().model().orElseThrow());
        try (ModelFolder folder = ModelFolder.open(source);
                Decoder small = session.load(folder);
                NDManager scope = session.torch().scope()) {
            Variant variant = Variant.INTACT;
            if (work.reads().version().isPresent()) {
                RunConfig.Lora lora = config.recover().lora();
                Path student = session.files().verify(work.reads().version().get());
                try (SafetensorsReader reader = SafetensorsReader.open(student)) {
                    NDList factors = StudentFile.factors(reader, session.torch(), scope, small);
                    variant = new Variant(new NDList(), factors, lora.alpha() / lora.rank());
                }
            }
            int layers = folder.config().layers().size();
            HfExport.write(
                    small,
                    variant,
                    source,
                    target,
                    dtype,
                    layer -> reporter.progressed(layer, layers, "layers exported"));
            double difference = LogitsCheck.compare(small, variant, target, dtype == Dtype.F32);
            return Outcome.files(
                    key,
                    Outcome.artefacts(session.directory(), target),
                    JsonNodeFactory.instance.objectNode().put("max-logit-difference", difference));
        }
    }
}
