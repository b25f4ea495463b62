package dev.espalier.protocol.safetensors;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads the tensors of a checkpoint: one safetensors file, or the shards of an index. Opening reads and checks headers
 * only; nothing is copied until a tensor is asked for. Safe for use by several threads.
 */
public final class SafetensorsReader implements AutoCloseable {
    public static final String SINGLE_FILE = "model.safetensors";

    private final Map<Path, FileChannel> channels = new TreeMap<>();
    private final Map<String, TensorInfo> tensors = new TreeMap<>();
    private final Map<String, String> metadata = new TreeMap<>();

    private SafetensorsReader() {}

    /**
     * Opens a safetensors file, or a folder's {@code model.safetensors}, or else the shards that its
     * {@code model.safetensors.index.json} lists (the order in which transformers looks).
     *
     * @throws UserError when files are missing, truncated or inconsistent; the message names file and reason
     */
    public static SafetensorsReader open(Path fileOrModelFolder) {
        return open(fileOrModelFolder, Set.of());
    }

    /**
     * {@link #open(Path)}, with tensors that an index may list though no shard has them.
     *
     * @param optional their names
     * @throws UserError as {@link #open(Path)}
     */
    public static SafetensorsReader open(Path fileOrModelFolder, Set<String> optional) {
        SafetensorsReader reader = new SafetensorsReader();
        try {
            reader.openAll(fileOrModelFolder, optional);
            return reader;
        } catch (RuntimeException | Error e) {
            reader.close();
            throw e;
        }
    }

    private void openAll(Path path, Set<String> optional) {
        if (!Files.isDirectory(path)) {
            openFile(path);
        } else if (Files.exists(path.resolve(SINGLE_FILE))) {
            openFile(path.resolve(SINGLE_FILE));
        } else if (Files.exists(path.resolve(ShardIndex.NAME))) {
            openShards(ShardIndex.read(path.resolve(ShardIndex.NAME)), optional);
        } else {
            throw new UserError(path + " holds neither " + SINGLE_FILE + " nor " + ShardIndex.NAME + ".");
        }
    }

    private void openShards(ShardIndex index, Set<String> optional) {
        for (Path shard : new TreeSet<>(index.shardOf().values())) {
            openFile(shard);
        }
        index.shardOf().forEach((name, shard) -> {
            TensorInfo found = tensors.get(name);
            boolean absent = found == null && optional.contains(name);
            if (!absent && (found == null || !found.file().equals(shard))) {
                throw new UserError(index.file() + " places tensor '" + name + "' in " + shard.getFileName()
                        + ", but it is not there. Index and shards do not belong together.");
            }
        });
    }

    private void openFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new UserError(file + " does not exist or is not a file.");
        }
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            channels.put(file, channel);
            SafetensorsHeader header = SafetensorsHeader.read(file, channel);
            metadata.putAll(header.metadata());
            for (TensorInfo tensor : header.tensors().values()) {
                TensorInfo other = tensors.put(tensor.name(), tensor);
                if (other != null) {
                    throw new UserError("Tensor '" + tensor.name() + "' is in two files, " + other.file() + " and "
                            + file + ". Remove the file that does not belong to the model.");
                }
            }
        } catch (IOException e) {
            throw new UserError("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Names of all tensors, sorted. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** The files that were opened, sorted. */
    public List<Path> files() {
        return List.copyOf(channels.keySet());
    }

    /** The headers' {@code __metadata__}, of all shards together. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(metadata);
    }

    /** @throws UserError if the checkpoint has no tensor of this name */
    public TensorInfo info(String name) {
        TensorInfo tensor = tensors.get(name);
        if (tensor == null) {
            throw new UserError("Tensor '" + name + "' is missing from " + channels.keySet() + ".");
        }
        return tensor;
    }

    /**
     * A direct, read-only, little-endian view of the tensor's bytes in the file, from position 0. It stays valid after
     * {@link #close()}, until it is collected.
     *
     * @throws UserError for an unknown name, or a tensor beyond 2 GiB, which one Java buffer cannot hold
     */
    public ByteBuffer bytes(String name) {
        TensorInfo tensor = info(name);
        if (tensor.byteLength() > Integer.MAX_VALUE) {
            throw new UserError("Tensor '" + name + "' of " + tensor.file() + " has " + tensor.byteLength()
                    + " bytes; tensors over 2 GiB are not supported in one piece.");
        }
        return map(tensor);
    }

    /**
     * A weight, widened to fp32, in row-major order.
     *
     * @throws UserError for an unknown name, a dtype other than F32, F16, BF16, or more than 2^31-1 elements
     */
    public float[] floats(String name) {
        float[] values = new float[Math.toIntExact(checkedWeight(name).elements())];
        readFloats(name, FloatBuffer.wrap(values));
        return values;
    }

    /**
     * Appends the weight, widened to fp32, at the buffer's position; for tensors up to 2^31-1 elements.
     *
     * @throws UserError as {@link #floats}
     * @throws java.nio.BufferOverflowException if the buffer has too little room
     */
    public void readFloats(String name, FloatBuffer into) {
        readFloats(name, 0, Math.toIntExact(checkedWeight(name).elements()), into);
    }

    /**
     * Appends elements {@code from .. from + count - 1} of the weight in row-major order, widened to fp32, at the
     * buffer's position.
     *
     * @throws UserError for an unknown name or a dtype other than F32, F16, BF16
     * @throws IndexOutOfBoundsException if the weight has fewer
     */
    public void readFloats(String name, long from, int count, FloatBuffer into) {
        TensorInfo tensor = weight(name);
        Objects.checkFromIndexSize(from, count, tensor.elements());
        read(new FloatDecoder((long) count * tensor.dtype().bytes()), tensor, from, count, into);
    }

    /** The same through the buffer of who reads many pieces. */
    void read(FloatDecoder decoder, TensorInfo tensor, long from, int count, FloatBuffer into) {
        try {
            decoder.read(channels.get(tensor.file()), tensor, from, count, into);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read tensor '" + tensor.name() + "' of " + tensor.file(), e);
        }
    }

    /** @throws UserError for an unknown name or a dtype other than F32, F16, BF16 */
    TensorInfo weight(String name) {
        TensorInfo tensor = info(name);
        if (!tensor.dtype().isWeight()) {
            throw new UserError("Tensor '" + name + "' of " + tensor.file() + " has the dtype " + tensor.dtype()
                    + "; weights must be F32, F16 or BF16.");
        }
        return tensor;
    }

    private TensorInfo checkedWeight(String name) {
        TensorInfo tensor = weight(name);
        if (tensor.elements() > Integer.MAX_VALUE) {
            throw new UserError("Tensor '" + name + "' of " + tensor.file() + " has " + tensor.elements()
                    + " elements; more than 2^31-1 are not supported.");
        }
        return tensor;
    }

    private ByteBuffer map(TensorInfo tensor) {
        if (tensor.byteLength() == 0) {
            return ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN);
        }
        try {
            return channels.get(tensor.file())
                    .map(MapMode.READ_ONLY, tensor.position(), tensor.byteLength())
                    .order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot map tensor '" + tensor.name() + "' of " + tensor.file(), e);
        }
    }

    /** Closes the files; buffers that were handed out stay valid. */
    @Override
    public void close() {
        for (FileChannel channel : channels.values()) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
