package dev.espalier.worker.stage;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.FileTree;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.ExportFormat;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.export.LogitsCheck;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The export stage: the recovered model as an ordinary folder, reloaded and compared. */
record ExportLeg(Bench bench) implements LegWork {

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) throws IOException {
        Work work = assignment.work();
        RunConfig config = bench.config();
        Dtype dtype = Dtype.byName(config.export().dtype()).orElseThrow();
        Path target = bench.path(work.writes().orElseThrow());
        Path source = bench.path(work.reads().model().orElseThrow());
        bench.releaseIntact();
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
            List<Artefact> artefacts = new ArrayList<>(Results.artefacts(bench.directory(), target));
            artefacts.addAll(others(config, target, small, variant));
            return Results.files(
                    assignment.key(),
                    artefacts,
                    JsonNodeFactory.instance.objectNode().put("max-logit-difference", difference));
        }
    }

    /** The other formats, made of the folder that was just compared. */
    private List<Artefact> others(RunConfig config, Path exported, Decoder small, Variant variant) throws IOException {
        List<Artefact> artefacts = new ArrayList<>();
        // Files of another model, type or format would be taken for this one's.
        for (ExportFormat format : ExportFormat.values()) {
            Path former = bench.path(RunLayout.export(format.word()));
            if (Files.exists(former)) {
                FileTree.delete(former);
            }
        }
        try (ModelFolder model = ModelFolder.open(exported)) {
            for (ExportFormat format : ExportFormat.of(config.export())) {
                Path folder = bench.path(RunLayout.export(format.word()));
                List<Path> files = format.write(
                        model, config.name(), folder, config.export().dtypeOf(format.word()));
                if (format.isRead()) {
                    LogitsCheck.compare(
                            small, variant, folder, config.export().dtype().equals("f32"));
                }
                for (Path file : files) {
                    artefacts.add(Results.artefact(bench.directory(), file));
                }
            }
        }
        return artefacts;
    }
}
