package dev.espalier.worker.stage;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.ExportedFiles;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
            List<Path> files = HfExport.write(
                    small,
                    variant,
                    source,
                    target,
                    dtype,
                    layer -> reporter.progressed(layer, layers, "layers exported"));
            ExportedFiles.of(bench.directory()).add(files);
            double difference = LogitsCheck.compare(small, variant, target, dtype == Dtype.F32);
            List<Artefact> artefacts = new ArrayList<>(Results.artefacts(bench.directory(), files));
            artefacts.addAll(others(config, target, small, variant, reporter));
            return Results.files(
                    assignment.key(),
                    artefacts,
                    JsonNodeFactory.instance.objectNode().put("max-logit-difference", difference));
        }
    }

    /** The other formats, made of the folder that was just compared. */
    private List<Artefact> others(RunConfig config, Path exported, Decoder small, Variant variant, Reporter reporter)
            throws IOException {
        List<Artefact> artefacts = new ArrayList<>();
        List<ExportFormat> formats = ExportFormat.of(config.export());
        int written = 1;
        // An attempt that was taken back hears of it here, and leaves alone what another makes or has made.
        reporter.progressed(written, 1 + formats.size(), "formats written");
        // Files of another model, type or format would be taken for this one's.
        ExportedFiles.of(bench.directory())
                .delete(Arrays.stream(ExportFormat.values())
                        .map(ExportFormat::word)
                        .toList());
        try (ModelFolder model = ModelFolder.open(exported)) {
            for (ExportFormat format : formats) {
                Path folder = bench.path(RunLayout.export(format.word()));
                List<Path> files = format.write(
                        model, config.name(), folder, config.export().dtypeOf(format.word()));
                ExportedFiles.of(bench.directory()).add(files);
                if (format.isRead()) {
                    LogitsCheck.compare(
                            small, variant, folder, config.export().dtype().equals("f32"));
                }
                artefacts.addAll(Results.artefacts(bench.directory(), files));
                reporter.progressed(++written, 1 + formats.size(), "formats written");
            }
        }
        return artefacts;
    }
}
