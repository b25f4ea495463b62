package dev.espalier.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.report.RunReport;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier export}: the verified model of a completed run, copied to where it is wanted. */
@Command(
        name = "export",
        description = "Copy the model that a completed run made, each file verified.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    private static final String HF = "hf";
    private static final String CARD = RunReport.EXPORT + "/README.md";

    @Parameters(paramLabel = "RUN_DIR", description = "The folder of a completed run.")
    private Path run;

    @Option(names = "--format", required = true, paramLabel = "FORMAT", description = "hf: a Hugging Face folder.")
    private String format;

    @Option(names = "--out", required = true, paramLabel = "PATH", description = "A new or empty folder.")
    private Path out;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        checkFormat();
        List<JsonNode> artefacts = artefacts();
        checkTarget();
        for (JsonNode artefact : artefacts) {
            copy(artefact);
        }
        if (Files.isRegularFile(run.resolve(CARD))) {
            AtomicFiles.write(target(CARD), Files.readAllBytes(run.resolve(CARD)));
        }
        spec.commandLine().getOut().println(out);
        return ExitCode.DONE;
    }

    private void checkFormat() {
        if (!format.equals(HF)) {
            throw new UserError("--format " + format + " is unknown: use hf, a Hugging Face folder");
        }
    }

    private List<JsonNode> artefacts() throws IOException {
        Path file = run.resolve(RunLayout.MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw new UserError(run + " is no run folder: it has no manifest.json");
        }
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode stage : new ObjectMapper().readTree(file.toFile()).path("stages")) {
            if (stage.path("name").asText().equals("export")
                    && stage.path("state").asText().equals("COMPLETED")) {
                stage.path("artefacts").forEach(found::add);
            }
        }
        if (found.isEmpty()) {
            throw new UserError("the run in " + run + " has not exported a model: its export stage is missing or not"
                    + " completed. Run 'espalier prune' with its configuration again to go on with it");
        }
        return found;
    }

    private void checkTarget() throws IOException {
        if (!Files.exists(out)) {
            Files.createDirectories(out);
            return;
        }
        if (!Files.isDirectory(out)) {
            throw new UserError(out + " is a file: give a new or empty folder with --out");
        }
        try (Stream<Path> children = Files.list(out)) {
            if (children.findAny().isPresent()) {
                throw new UserError(out + " is not empty: give a new or empty folder with --out");
            }
        }
    }

    private void copy(JsonNode artefact) throws IOException {
        String path = artefact.path("path").asText();
        Path source = run.resolve(path);
        if (!Files.isRegularFile(source)) {
            throw new UserError(damaged(source, "is missing"));
        }
        AtomicFiles.write(target(path), temporary -> {
            Files.copy(source, temporary, StandardCopyOption.REPLACE_EXISTING);
            if (!Sha256.of(temporary).equals(artefact.path("sha256").asText())) {
                throw new UserError(damaged(source, "is not what the run wrote (its SHA-256 differs)"));
            }
        });
    }

    /** @param path below the run's export folder; one that leads elsewhere is refused */
    private Path target(String path) {
        Path inside = Path.of(RunReport.EXPORT).relativize(Path.of(path)).normalize();
        if (!path.startsWith(RunReport.EXPORT + "/") || inside.startsWith("..") || inside.isAbsolute()) {
            throw new UserError(RunLayout.MANIFEST + " of " + run + " names " + path + ", which is not below "
                    + RunReport.EXPORT + ": it is damaged");
        }
        return out.resolve(inside);
    }

    private static String damaged(Path file, String how) {
        return file + " " + how + ". The same 'espalier prune' command makes it again";
    }
}
