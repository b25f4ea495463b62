package dev.espalier.cli.init;

import dev.espalier.cli.ModelOption;
import dev.espalier.cli.TrainedOn;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.HubModels;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunNames;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.data.TextSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code espalier init}: a configuration to begin with, which {@code validate} accepts. */
@Command(
        name = "init",
        description = {
            "Write a commented configuration that suits a model, a text and this machine.",
            "It is checked as 'espalier validate' does, and never written over a file."
        },
        mixinStandardHelpOptions = true)
public final class InitCommand implements Callable<Integer> {
    private static final double MOST_SPARSITY = 0.95;

    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            converter = ModelOption.class,
            description = "Folder of a Hugging Face checkpoint, or the name of a model in the hub's cache.")
    private Path model;

    @Parameters(
            index = "1",
            paramLabel = "TEXT",
            description =
                    "Text to learn from: a .txt, .jsonl (also .gz, .zst) or .parquet file, a folder, or a pattern (quoted).")
    private String text;

    @Option(
            names = "--held-out",
            paramLabel = "FILE",
            description = "Another text, not learnt from, to measure perplexity on.")
    private Optional<Path> heldOut = Optional.empty();

    @Option(
            names = "--sparsity",
            paramLabel = "SHARE",
            defaultValue = "0.2",
            description = "Share of the prunable parameters to remove (${DEFAULT-VALUE}).")
    private double sparsity;

    @Option(names = "--out", paramLabel = "FILE", description = "Default: NAME-20.conf, after the model and the share.")
    private Optional<Path> out = Optional.empty();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (!(sparsity > 0 && sparsity <= MOST_SPARSITY)) {
            throw new UserError("--sparsity " + sparsity + ": give a share above 0 and at most " + MOST_SPARSITY);
        }
        String name = name();
        Path file = out.orElseGet(() -> Path.of(name + ".conf"));
        write(file, config(name).hocon());
        int code = validate(file);
        if (code != 0) {
            // What cannot be used is not left to be found later.
            Files.delete(file);
            return code;
        }
        PrintWriter printer = spec.commandLine().getOut();
        printer.println();
        printer.println("wrote " + file + "; next: espalier prune " + file);
        return 0;
    }

    /** After the model and what goes; what a run's name may not have becomes a hyphen. */
    private String name() {
        Path named = HubModels.nameOf(model)
                .map(Path::of)
                .orElse(model.toAbsolutePath().normalize());
        String folder = String.valueOf(named.getFileName());
        String safe = folder.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[^A-Za-z0-9]+", "");
        String share = "-" + Math.round(sparsity * 100);
        String name = safe.substring(0, Math.min(safe.length(), 64 - share.length())) + share;
        return RunNames.isValid(name) ? name : "run" + share;
    }

    private FirstConfig config(String name) throws IOException {
        Path absolute = model.toAbsolutePath().normalize();
        String pattern = Path.of(text).toAbsolutePath().normalize().toString();
        try (ModelFolder folder = ModelFolder.open(absolute)) {
            long bytes = 0;
            RunConfig.TextSource source = new RunConfig.TextSource(pattern, "text", "text", 1, 0);
            for (Path file : TextSource.open(source).files()) {
                bytes += Files.size(file);
            }
            if (heldOut.isPresent() && TrainedOn.texts(List.of(source)).holds(heldOut.get())) {
                throw new UserError("--held-out " + heldOut.get() + " is among the files of " + text
                        + ", and would be learnt from: move it out of there, or name the text by a pattern without it");
            }
            Optional<Path> measured = heldOut.map(file -> file.toAbsolutePath().normalize());
            return new FirstConfig(name, absolute, folder.config(), pattern, bytes, measured, sparsity, Machine.here());
        }
    }

    private static void write(Path file, String content) throws IOException {
        if (Files.exists(file)) {
            throw new UserError(file + " is there already: give another name with --out, or remove it");
        }
        Path parent = file.toAbsolutePath().getParent();
        if (!Files.isDirectory(parent)) {
            throw new UserError(parent + " is no folder: create it, or give another name with --out");
        }
        Files.writeString(file, content, StandardOpenOption.CREATE_NEW);
    }

    /** By the command itself, so that its words are the same. */
    private int validate(Path file) {
        CommandLine espalier = spec.commandLine().getParent();
        return espalier.execute("validate", file.toString());
    }
}
