package dev.espalier.cli;

import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.HubModels;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.ExportFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier export}: the verified model of a completed run, as it is or in another format. */
@Command(
        name = "export",
        description = {
            "Copy the model that a completed run made, each file verified, or write it in another format.",
            "Any model folder can be written in another format, too."
        },
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    private static final String HF = "hf";
    private static final String CARD = "README.md";

    @Parameters(
            paramLabel = "DIR",
            converter = ModelOption.class,
            description = "The folder of a completed run, or a model: its folder, or a name that the hub's cache has.")
    private Path source;

    @Option(
            names = "--format",
            required = true,
            paramLabel = "FORMAT",
            description = {
                "hf: a Hugging Face folder.",
                "gguf: a file for llama.cpp.",
                "hf-padded: one whose layers zeros made alike, for transformers and vLLM.",
                "nemotron-nas: one whose layers differ, for loaders of DeciLM."
            })
    private String format;

    @Option(
            names = "--dtype",
            paramLabel = "DTYPE",
            description = "Type of the matrices in a gguf file: f32, f16, bf16 or q8_0. Default: the model's own.")
    private Optional<String> dtype = Optional.empty();

    @Option(names = "--out", required = true, paramLabel = "PATH", description = "A new or empty folder.")
    private Path out;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Optional<ExportFormat> other = format();
        boolean ofRun = Files.isRegularFile(source.resolve(RunLayout.MANIFEST));
        if (!ofRun && (other.isEmpty() || !Files.isRegularFile(source.resolve("config.json")))) {
            throw new UserError(source + " is no run folder: it has no manifest.json"
                    + (other.isPresent() ? ", and no model folder: it has no config.json" : "")
                    + (Files.exists(source)
                            ? ""
                            : HubModels.remedy(source)
                                    .map(remedy -> ". " + remedy)
                                    .orElse("")));
        }
        Optional<FinishedExport> finished = ofRun ? Optional.of(FinishedExport.of(source)) : Optional.empty();
        write(other, finished).forEach(file -> spec.commandLine().getOut().println(file));
        return ExitCode.DONE;
    }

    /** All of it, or nothing. */
    private List<Path> write(Optional<ExportFormat> other, Optional<FinishedExport> finished) throws IOException {
        NewFolder folder = NewFolder.claim(out);
        Interruption interruption = Interruption.announce(spec.commandLine().getErr(), "the same command begins anew");
        interruption.last(folder::undo);
        boolean whole = false;
        try (interruption) {
            List<Path> written = other.isPresent() ? convert(other.get(), finished) : copy(finished.orElseThrow());
            whole = true;
            folder.release();
            return written;
        } finally {
            if (!whole) {
                folder.undo();
            }
        }
    }

    private List<Path> copy(FinishedExport finished) throws IOException {
        finished.copy(out);
        // Written of this folder, and true of no other format's: those are loaded by others.
        Path card = finished.folder().resolve(CARD);
        if (Files.isRegularFile(card)) {
            AtomicFiles.write(out.resolve(CARD), Files.readAllBytes(card));
        }
        return List.of(out);
    }

    private List<Path> convert(ExportFormat other, Optional<FinishedExport> finished) throws IOException {
        if (finished.isPresent()) {
            finished.get().verify();
        }
        Path folder = finished.map(FinishedExport::folder).orElse(source);
        String name = finished.map(FinishedExport::name)
                .or(() -> HubModels.nameOf(folder).map(hub -> hub.substring(hub.indexOf('/') + 1)))
                .orElseGet(
                        () -> folder.toAbsolutePath().normalize().getFileName().toString());
        try (ModelFolder model = ModelFolder.open(folder)) {
            other.check(model, model.config(), dtype);
            return other.write(model, name, out, dtype);
        }
    }

    /** Empty: the folder as it is. */
    private Optional<ExportFormat> format() {
        Optional<ExportFormat> other = ExportFormat.byWord(format);
        if (other.isEmpty() && !format.equals(HF)) {
            String others =
                    Arrays.stream(ExportFormat.values()).map(ExportFormat::word).collect(Collectors.joining(", "));
            throw new UserError(
                    "--format " + format + " is unknown: use hf, a Hugging Face folder, or one of " + others);
        }
        List<String> dtypes = other.map(ExportFormat::dtypes).orElse(List.of());
        if (dtype.isPresent() && dtypes.isEmpty()) {
            throw new UserError(
                    "--dtype has no meaning with --format " + format + ": it keeps the model's own; leave it out");
        } else if (dtype.isPresent() && !dtypes.contains(dtype.get())) {
            throw new UserError("--dtype " + dtype.get() + " is unknown: use one of " + String.join(", ", dtypes));
        }
        return other;
    }
}
