package dev.espalier.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunNames;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The model folder that a completed run left, as its manifest tells of it.
 *
 * @param run the run folder
 * @param name of the run
 * @param hashes SHA-256 of each file, by its path below the model folder
 */
record FinishedExport(Path run, String name, Map<Path, String> hashes) {
    private static final String BELOW = RunLayout.EXPORT + "/";

    /** @throws UserError if the run has not exported a model, or its manifest is damaged */
    static FinishedExport of(Path run) throws IOException {
        JsonNode manifest = manifest(run.resolve(RunLayout.MANIFEST));
        Map<Path, String> hashes = new LinkedHashMap<>();
        for (JsonNode stage : manifest.path("stages")) {
            if (stage.path("name").asText().equals("export")
                    && stage.path("state").asText().equals("COMPLETED")) {
                for (JsonNode artefact : stage.path("artefacts")) {
                    String path = artefact.path("path").asText();
                    if (path.startsWith(BELOW)) {
                        hashes.put(inside(run, path), artefact.path("sha256").asText());
                    }
                }
            }
        }
        if (hashes.isEmpty()) {
            throw new UserError("the run in " + run + " has not exported a model: its export stage is missing or not"
                    + " completed. Run 'espalier prune' with its configuration again to go on with it");
        }
        String name = manifest.path("run").asText("model");
        if (!RunNames.isValid(name)) {
            throw new UserError(RunLayout.MANIFEST + " of " + run + " says that the run is called " + name
                    + ", which no run is: it is damaged");
        }
        return new FinishedExport(run, name, hashes);
    }

    private static JsonNode manifest(Path file) throws IOException {
        try {
            JsonNode manifest = new ObjectMapper().readTree(file.toFile());
            if (manifest.isObject()) {
                return manifest;
            }
        } catch (JsonProcessingException e) {
            throw new UserError(damaged(file, "is damaged"), e);
        }
        throw new UserError(damaged(file, "is damaged"));
    }

    /** One that leads elsewhere is refused. */
    private static Path inside(Path run, String path) {
        Path inside = Path.of(RunLayout.EXPORT).relativize(Path.of(path)).normalize();
        if (inside.startsWith("..") || inside.isAbsolute()) {
            throw new UserError(RunLayout.MANIFEST + " of " + run + " names " + path + ", which is not below "
                    + RunLayout.EXPORT + ": it is damaged");
        }
        return inside;
    }

    Path folder() {
        return run.resolve(RunLayout.EXPORT);
    }

    /** Copies each file and compares the copy. */
    void copy(Path out) throws IOException {
        for (Map.Entry<Path, String> file : hashes.entrySet()) {
            Path source = require(file.getKey());
            AtomicFiles.write(out.resolve(file.getKey()), temporary -> {
                Files.copy(source, temporary, StandardCopyOption.REPLACE_EXISTING);
                requireSame(source, temporary, file.getValue());
            });
        }
    }

    /** Reads each file where it is. */
    void verify() throws IOException {
        for (Map.Entry<Path, String> file : hashes.entrySet()) {
            Path source = require(file.getKey());
            requireSame(source, source, file.getValue());
        }
    }

    private Path require(Path file) {
        Path source = folder().resolve(file);
        if (!Files.isRegularFile(source)) {
            throw new UserError(damaged(source, "is missing"));
        }
        return source;
    }

    private static void requireSame(Path source, Path copy, String sha256) throws IOException {
        if (!Sha256.of(copy).equals(sha256)) {
            throw new UserError(damaged(source, "is not what the run wrote (its SHA-256 differs)"));
        }
    }

    private static String damaged(Path file, String how) {
        return file + " " + how + ". The same 'espalier prune' command makes it again";
    }
}
