package dev.espalier.protocol.safetensors;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.PendingFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Writes float tensors as safetensors, one at a time: names and shapes are declared first, data follows in any order
 * and is held no longer than the call. Nothing is visible before {@link #finish()}; closing without it discards all.
 *
 * <pre>{@code
 * try (var writer = SafetensorsWriter.create(folder, shapes, Dtype.BF16, 5L << 30, Map.of())) {
 *     writer.add("model.norm.weight", floats);
 *     ...
 *     writer.finish();
 * }
 * }</pre>
 */
public final class SafetensorsWriter implements AutoCloseable {
    private final Path folder;
    private final Map<String, ShardFile> shardOf = new HashMap<>();
    private final List<ShardFile> shards = new ArrayList<>();
    private final Set<String> missing;
    private final Map<Dtype, FloatEncoder> encoders = new EnumMap<>(Dtype.class);
    private final boolean modelFolder;

    private SafetensorsWriter(Path folder, boolean modelFolder, Set<String> names) {
        this.folder = folder;
        this.modelFolder = modelFolder;
        this.missing = new HashSet<>(names);
    }

    /**
     * Begins the weights of a model folder: {@code model.safetensors}, or numbered shards and an index if they do not
     * fit one.
     *
     * @param shapes of all tensors, in the order they shall have in the files
     * @param dtype F32 (exact), F16 or BF16 (rounded to nearest even)
     * @param maxShardBytes of tensor data a file; a larger tensor has a file of its own
     * @param metadata added to {@code {"format": "pt"}}, which transformers demands
     * @throws UserError if the folder cannot be written
     */
    public static SafetensorsWriter create(
            Path folder, Map<String, long[]> shapes, Dtype dtype, long maxShardBytes, Map<String, String> metadata) {
        List<Map<String, long[]>> parts = split(shapes, dtype, maxShardBytes);
        List<Path> files = new ArrayList<>();
        for (int i = 1; i <= parts.size(); i++) {
            files.add(folder.resolve(
                    parts.size() == 1
                            ? SafetensorsReader.SINGLE_FILE
                            : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i, parts.size())));
        }
        SafetensorsWriter writer = new SafetensorsWriter(folder, true, shapes.keySet());
        writer.begin(files, parts, name -> dtype, metadata);
        return writer;
    }

    /**
     * Begins one file of exact fp32 tensors, such as a training state.
     *
     * @param metadata free strings, for instance a JSON document; read back by {@link SafetensorsReader#metadata()}
     * @throws UserError if the file cannot be written
     */
    public static SafetensorsWriter createFile(Path file, Map<String, long[]> shapes, Map<String, String> metadata) {
        return createFile(file, shapes, name -> Dtype.F32, metadata);
    }

    /**
     * Begins one file of tensors of several types.
     *
     * @param dtype of each, by its name; the wider ones should come first in {@code shapes}, so that all are aligned
     */
    public static SafetensorsWriter createFile(
            Path file, Map<String, long[]> shapes, Function<String, Dtype> dtype, Map<String, String> metadata) {
        SafetensorsWriter writer = new SafetensorsWriter(file.toAbsolutePath().getParent(), false, shapes.keySet());
        writer.begin(List.of(file), List.of(shapes), dtype, metadata);
        return writer;
    }

    private void begin(
            List<Path> files,
            List<Map<String, long[]>> parts,
            Function<String, Dtype> dtype,
            Map<String, String> metadata) {
        Map<String, String> extended = new LinkedHashMap<>(metadata);
        extended.put("format", "pt");
        try {
            for (int i = 0; i < files.size(); i++) {
                ShardFile shard = ShardFile.create(files.get(i), parts.get(i), dtype, extended);
                shards.add(shard);
                parts.get(i).keySet().forEach(name -> shardOf.put(name, shard));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static List<Map<String, long[]>> split(Map<String, long[]> shapes, Dtype dtype, long maxShardBytes) {
        List<Map<String, long[]>> parts = new ArrayList<>();
        Map<String, long[]> part = new LinkedHashMap<>();
        long bytes = 0;
        for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
            long size = TensorInfo.elements(tensor.getValue()) * dtype.bytes();
            if (!part.isEmpty() && bytes + size > maxShardBytes) {
                parts.add(part);
                part = new LinkedHashMap<>();
                bytes = 0;
            }
            part.put(tensor.getKey(), tensor.getValue());
            bytes += size;
        }
        parts.add(part);
        return parts;
    }

    /**
     * Writes one declared tensor, from the buffer's position to its limit, in row-major order; the buffer's position
     * is left alone.
     *
     * @throws IllegalArgumentException if the name was not declared, is written already, or the count is wrong
     * @throws UserError if the disk is full
     */
    public void add(String name, FloatBuffer data) {
        requireMissing(name);
        shardOf.get(name).requireWhole(name, data.remaining());
        append(name, data);
    }

    /**
     * Writes the next elements of a declared tensor, as {@link #add(String, FloatBuffer)} does all of them: so a tensor is
     * written that no Java buffer holds.
     *
     * @throws IllegalArgumentException if the name was not declared, is written already, or has fewer elements
     * @throws UserError if the disk is full
     */
    public void append(String name, FloatBuffer data) {
        requireMissing(name);
        if (shardOf.get(name).append(name, data.duplicate(), encoders)) {
            missing.remove(name);
        }
    }

    private void requireMissing(String name) {
        if (!missing.contains(name)) {
            throw new IllegalArgumentException("Tensor '" + name + "' was not declared, or is written already");
        }
    }

    /** What {@link #finish()} makes visible. */
    public List<Path> files() {
        List<Path> files = new ArrayList<>();
        shards.forEach(shard -> files.add(shard.file()));
        if (modelFolder && shards.size() > 1) {
            files.add(folder.resolve(ShardIndex.NAME));
        }
        return files;
    }

    /** As {@link #add(String, FloatBuffer)}. */
    public void add(String name, float[] data) {
        add(name, FloatBuffer.wrap(data));
    }

    /**
     * Makes the files durable and visible, the index last, and removes weight files of an older model from the folder.
     *
     * @throws IllegalStateException if a declared tensor was not written
     */
    public void finish() {
        if (!missing.isEmpty()) {
            throw new IllegalStateException("Declared but not written: " + missing);
        }
        Path index = folder.resolve(ShardIndex.NAME);
        if (modelFolder && shards.size() > 1) {
            // with the old index in place, a crash between two renames would mix the shards of two models
            delete(index);
        }
        shards.forEach(ShardFile::publish);
        if (modelFolder) {
            if (shards.size() > 1) {
                writeIndex(index);
            }
            deleteOthers();
        }
    }

    private void writeIndex(Path index) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("metadata")
                .put(
                        "total_size",
                        shards.stream().mapToLong(ShardFile::dataBytes).sum());
        ObjectNode weightMap = json.putObject("weight_map");
        for (ShardFile shard : shards) {
            shard.names()
                    .forEach(name ->
                            weightMap.put(name, shard.file().getFileName().toString()));
        }
        try (PendingFile file = PendingFile.create(index)) {
            file.write(ByteBuffer.wrap(json.toPrettyString().getBytes(StandardCharsets.UTF_8)), 0);
            file.publish();
        }
    }

    private void deleteOthers() {
        Set<Path> ours = new HashSet<>(files());
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(folder, "{model,model-*-of-*}.{safetensors,safetensors.index.json}")) {
            for (Path file : files) {
                if (!ours.contains(file)) {
                    delete(file);
                }
            }
        } catch (IOException e) {
            throw new UserError("Cannot read " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UserError("Cannot remove the older " + file + ": " + e.getMessage(), e);
        }
    }

    /** Discards what {@link #finish()} did not publish. */
    @Override
    public void close() {
        shards.forEach(ShardFile::close);
    }
}
