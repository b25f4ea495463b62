package dev.espalier.protocol.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Float32 tensors of one file in one array, by name in alphabetical order: for arithmetic that does not care which
 * number belongs to which tensor.
 *
 * @param shapes of the tensors, in their order in {@code values}
 * @param metadata the file's free strings
 */
public record FlatTensors(Map<String, long[]> shapes, Map<String, String> metadata, float[] values) {
    private static final int CHUNK_FLOATS = 1 << 18;

    /**
     * The tensors of {@code file} that are wanted, widened to float32.
     *
     * @throws dev.espalier.protocol.UserError if the file is no safetensors file
     */
    public static FlatTensors read(Path file, Predicate<String> wanted) {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            Map<String, long[]> shapes = new LinkedHashMap<>();
            reader.names().stream()
                    .filter(wanted)
                    .forEach(name -> shapes.put(name, reader.info(name).shape()));
            FloatBuffer values = FloatBuffer.allocate(Math.toIntExact(size(shapes)));
            shapes.keySet().forEach(name -> reader.readFloats(name, values));
            return new FlatTensors(shapes, Map.copyOf(reader.metadata()), values.array());
        }
    }

    /** Whether the other has the same tensors of the same shapes. */
    public boolean matches(FlatTensors other) {
        return shapes.keySet().equals(other.shapes.keySet())
                && shapes.keySet().stream().allMatch(name -> Arrays.equals(shapes.get(name), other.shapes.get(name)));
    }

    /** The same tensors with other content. */
    public FlatTensors with(Map<String, String> newMetadata, float[] newValues) {
        if (newValues.length != values.length) {
            throw new IllegalArgumentException(newValues.length + " values instead of " + values.length);
        }
        return new FlatTensors(shapes, newMetadata, newValues);
    }

    /** Writes a whole safetensors file, front to back. */
    public void write(WritableByteChannel out) throws IOException {
        byte[] header = ShardFile.header(shapes, Dtype.F32, metadata);
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN);
        drain(out, start.putLong(header.length).put(header).flip());
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
            int count = Math.min(CHUNK_FLOATS, values.length - from);
            chunk.clear().asFloatBuffer().put(values, from, count);
            drain(out, chunk.limit(count * Float.BYTES));
        }
    }

    private static void drain(WritableByteChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static long size(Map<String, long[]> shapes) {
        return shapes.values().stream().mapToLong(TensorInfo::elements).sum();
    }
}
