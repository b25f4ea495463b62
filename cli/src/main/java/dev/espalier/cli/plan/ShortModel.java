package dev.espalier.cli.plan;

import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.protocol.safetensors.TensorInfo;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightPlaces;
import dev.espalier.worker.export.CompanionFiles;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The first layers of a model, as a model: all of its layers take the same time. */
final class ShortModel {
    private static final long SHARD_BYTES = 5L << 30;
    private static final int PIECE = 1 << 20;

    private ShortModel() {}

    /**
     * Writes it.
     *
     * @param layers at most those of the model
     * @param folder is created
     */
    static void write(ModelFolder model, int layers, Path folder) throws IOException {
        LlamaConfig whole = model.config();
        LlamaConfig config = whole.withShapes(whole.hiddenSize(), whole.layers().subList(0, layers));
        Dtype dtype = model.weights().info(model.embedding()).dtype();
        Files.createDirectories(folder);
        Map<String, String> stored = stored(config, model);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        stored.forEach((name, original) ->
                shapes.put(name, WeightPlaces.of(config).stored().get(name)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(folder, shapes, dtype, SHARD_BYTES, Map.of())) {
            for (Map.Entry<String, String> tensor : stored.entrySet()) {
                copy(model.weights(), tensor.getValue(), writer, tensor.getKey());
            }
            writer.finish();
        }
        AtomicFiles.write(
                folder.resolve("config.json"),
                config.toJson(dtype).toPrettyString().getBytes(StandardCharsets.UTF_8));
        CompanionFiles.copy(model.path(), folder);
    }

    /** Where each tensor is in the model: an embedding may be stored as the head that it is tied to. */
    private static Map<String, String> stored(LlamaConfig config, ModelFolder model) {
        Set<String> there = model.weights().names();
        Map<String, String> stored = new LinkedHashMap<>();
        for (String name : WeightPlaces.of(config).stored().keySet()) {
            stored.put(name, there.contains(name) ? name : model.embedding());
        }
        return stored;
    }

    private static void copy(SafetensorsReader from, String name, SafetensorsWriter to, String as) {
        TensorInfo info = from.info(name);
        long size = TensorInfo.elements(info.shape());
        FloatBuffer piece = FloatBuffer.allocate((int) Math.min(PIECE, size));
        for (long at = 0; at < size; at += PIECE) {
            int count = (int) Math.min(PIECE, size - at);
            piece.clear().limit(count);
            from.readFloats(name, at, count, piece.duplicate());
            to.append(as, piece);
        }
    }
}
