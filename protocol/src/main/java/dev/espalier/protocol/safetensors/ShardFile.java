package dev.espalier.protocol.safetensors;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.files.PendingFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** One safetensors file being written: the header first, then tensors at the places it announces. */
final class ShardFile implements AutoCloseable {
    private static final long LENGTH_FIELD = 8L;

    private final Path file;
    private final PendingFile pending;
    private final Map<String, long[]> shapes;
    private final Function<String, Dtype> dtype;
    private final Map<String, Long> positions = new LinkedHashMap<>();
    private final Map<String, Long> written = new HashMap<>();
    private final long dataBytes;

    private ShardFile(
            Path file, PendingFile pending, Map<String, long[]> shapes, Function<String, Dtype> dtype, byte[] header) {
        this.file = file;
        this.pending = pending;
        this.shapes = shapes;
        this.dtype = dtype;
        long position = LENGTH_FIELD + header.length;
        for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
            positions.put(tensor.getKey(), position);
            position += TensorInfo.elements(tensor.getValue())
                    * dtype.apply(tensor.getKey()).bytes();
        }
        this.dataBytes = position - LENGTH_FIELD - header.length;
    }

    static ShardFile create(
            Path file, Map<String, long[]> shapes, Function<String, Dtype> dtype, Map<String, String> metadata) {
        byte[] header = header(shapes, dtype, metadata);
        PendingFile pending = PendingFile.create(file);
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
        pending.write(start.putLong(header.length).put(header).flip(), 0);
        return new ShardFile(file, pending, shapes, dtype, header);
    }

    /** @param dtype of each tensor, by its name */
    static byte[] header(Map<String, long[]> shapes, Function<String, Dtype> dtype, Map<String, String> metadata) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        metadata.forEach(json.putObject("__metadata__")::put);
        long offset = 0;
        for (Map.Entry<String, long[]> tensor : shapes.entrySet()) {
            Dtype type = dtype.apply(tensor.getKey());
            ObjectNode entry = json.putObject(tensor.getKey());
            entry.put("dtype", type.name());
            ArrayNode shape = entry.putArray("shape");
            for (long dimension : tensor.getValue()) {
                shape.add(dimension);
            }
            long end = offset + TensorInfo.elements(tensor.getValue()) * type.bytes();
            entry.putArray("data_offsets").add(offset).add(end);
            offset = end;
        }
        String text = json.toString();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        // tensors that begin at multiples of 8 can be used in place by readers that map the file
        return (text + " ".repeat(-bytes.length & 7)).getBytes(StandardCharsets.UTF_8);
    }

    void requireWhole(String name, long elements) {
        long declared = TensorInfo.elements(shapes.get(name));
        if (elements != declared) {
            throw new IllegalArgumentException(
                    "Tensor '" + name + "' was declared with " + declared + " elements and has " + elements);
        }
    }

    /** @return whether the tensor is whole now */
    boolean append(String name, FloatBuffer data, Map<Dtype, FloatEncoder> encoders) {
        long before = written.getOrDefault(name, 0L);
        long after = before + data.remaining();
        long declared = TensorInfo.elements(shapes.get(name));
        if (after > declared) {
            requireWhole(name, after);
        }
        Dtype type = dtype.apply(name);
        FloatEncoder encoder = encoders.computeIfAbsent(type, FloatEncoder::new);
        long position = positions.get(name) + before * type.bytes();
        while (data.hasRemaining()) {
            ByteBuffer chunk = encoder.next(data);
            int length = chunk.remaining();
            pending.write(chunk, position);
            position += length;
        }
        written.put(name, after);
        return after == declared;
    }

    Path file() {
        return file;
    }

    Set<String> names() {
        return positions.keySet();
    }

    long dataBytes() {
        return dataBytes;
    }

    void publish() {
        pending.publish();
    }

    @Override
    public void close() {
        pending.close();
    }
}
