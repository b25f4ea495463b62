package dev.espalier.worker.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.layout.PlacedTensor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Placed tensors as a folder like Hugging Face's: the numbers that the source stores, in its type, a row at a time. */
final class PlacedFolder {
    private static final Logger LOG = LoggerFactory.getLogger(PlacedFolder.class);
    private static final long SHARD_BYTES = 5L << 30;

    private PlacedFolder() {}

    /**
     * @param folder the source
     * @param tensors those of one name are written one below the other
     * @param json config.json
     * @return the files written
     * @throws UserError if it cannot be written
     */
    static List<Path> write(ModelFolder folder, List<PlacedTensor> tensors, ObjectNode json, Path target) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        tensors.forEach(tensor -> shapes.merge(
                tensor.name(), tensor.shape(), (above, below) -> new long[] {above[0] + below[0], above[1]}));
        LOG.info(
                "{}: {} parameters for the {} of {}",
                target,
                tensors.stream()
                        .mapToLong(tensor -> (long) tensor.rows() * tensor.columns())
                        .sum(),
                folder.parameters(),
                folder.path());
        try {
            Files.createDirectories(target);
            try (SafetensorsWriter writer =
                    SafetensorsWriter.create(target, shapes, dtype(folder), SHARD_BYTES, Map.of())) {
                for (PlacedTensor tensor : tensors) {
                    tensor.read(folder, row -> writer.append(tensor.name(), FloatBuffer.wrap(row)));
                }
                CompanionFiles.leftOut(folder.path()).forEach(LOG::warn);
                List<Path> files = new ArrayList<>(CompanionFiles.copy(folder.path(), target));
                json.remove(CompanionFiles.CODE);
                byte[] config = (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
                AtomicFiles.write(target.resolve("config.json"), config);
                writer.finish();
                files.add(target.resolve("config.json"));
                files.addAll(writer.files());
                return files.stream().sorted().toList();
            }
        } catch (IOException e) {
            throw new UserError("cannot write " + target + ": " + e.getMessage(), e);
        }
    }

    /** The one that holds all weights of the folder as they are; buffers that nothing reads have no say. */
    static Dtype dtype(ModelFolder folder) {
        Set<Dtype> found = WeightShapes.of(folder.config()).keySet().stream()
                .map(name -> folder.weights().info(folder.place(name).name()).dtype())
                .collect(Collectors.toSet());
        return found.size() == 1 ? found.iterator().next() : Dtype.F32;
    }
}
