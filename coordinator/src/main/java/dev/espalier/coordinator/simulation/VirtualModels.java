package dev.espalier.coordinator.simulation;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.files.Sha256;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Model folders as workers write them, with next to nothing in them. */
public final class VirtualModels {
    private VirtualModels() {}

    /**
     * Writes a model.
     *
     * @param directory the run folder
     * @param folder the model's, relative to it
     */
    public static List<Artefact> write(Path directory, String folder) throws IOException {
        Path config = directory.resolve(folder).resolve("config.json");
        Path weights = config.resolveSibling("model.safetensors");
        AtomicFiles.write(config, ("{\"model\":\"" + folder + "\"}").getBytes(StandardCharsets.UTF_8));
        AtomicFiles.write(weights, file -> {
            try (SafetensorsWriter writer =
                    SafetensorsWriter.createFile(file, Map.of("norm", new long[] {2}), Map.of())) {
                writer.add("norm", new float[] {1, 1});
                writer.finish();
            }
        });
        return List.of(artefact(directory, config), artefact(directory, weights));
    }

    private static Artefact artefact(Path directory, Path file) throws IOException {
        return new Artefact(
                directory.relativize(file).toString().replace('\\', '/'), Sha256.of(file), Files.size(file));
    }
}
