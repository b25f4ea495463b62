package dev.espalier.protocol.safetensors;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Tensors of a safetensors file as one sequence of float32 numbers, by name in alphabetical order: for arithmetic that
 * does not care which number belongs to which tensor. Read once, from front to back: a file of any size costs one
 * buffer. For one thread.
 */
public final class FlatTensors implements AutoCloseable {
    private final SafetensorsReader reader;
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Deque<TensorInfo> left = new ArrayDeque<>();
    private final FloatDecoder decoder = new FloatDecoder();
    private long done;

    private FlatTensors(SafetensorsReader reader, Predicate<String> wanted) {
        this.reader = reader;
        reader.names().stream().filter(wanted).map(reader::weight).forEach(tensor -> {
            shapes.put(tensor.name(), tensor.shape());
            left.add(tensor);
        });
    }

    /**
     * The tensors of {@code file} that are wanted, widened to float32.
     *
     * @throws dev.espalier.protocol.UserError if the file is no safetensors file, or one of them is no weight
     */
    public static FlatTensors open(Path file, Predicate<String> wanted) {
        SafetensorsReader reader = SafetensorsReader.open(file);
        try {
            return new FlatTensors(reader, wanted);
        } catch (RuntimeException | Error e) {
            reader.close();
            throw e;
        }
    }

    /** By name, in the order in which their numbers come. */
    public Map<String, long[]> shapes() {
        return shapes;
    }

    /** The file's free strings. */
    public Map<String, String> metadata() {
        return reader.metadata();
    }

    /** How many numbers there are in all. */
    public long size() {
        return shapes.values().stream().mapToLong(TensorInfo::elements).sum();
    }

    /** Whether the other has the same tensors of the same shapes. */
    public boolean matches(FlatTensors other) {
        return shapes.keySet().equals(other.shapes.keySet())
                && shapes.keySet().stream().allMatch(name -> Arrays.equals(shapes.get(name), other.shapes.get(name)));
    }

    /**
     * The next numbers, from the array's beginning.
     *
     * @return how many: as many as the array holds, fewer only at the end, and 0 after it
     */
    public int read(float[] into) {
        FloatBuffer buffer = FloatBuffer.wrap(into);
        while (buffer.hasRemaining() && !left.isEmpty()) {
            TensorInfo tensor = left.element();
            int count = (int) Math.min(buffer.remaining(), tensor.elements() - done);
            reader.read(decoder, tensor, done, count, buffer);
            done += count;
            if (done == tensor.elements()) {
                left.remove();
                done = 0;
            }
        }
        return buffer.position();
    }

    @Override
    public void close() {
        reader.close();
    }
}
