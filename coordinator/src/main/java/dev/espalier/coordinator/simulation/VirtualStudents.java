package dev.espalier.coordinator.simulation;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensors;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;

/** Student files as workers write them, of any size and with random content. */
public final class VirtualStudents {
    private static final int MASKS = 4;

    private VirtualStudents() {}

    /**
     * Writes a student.
     *
     * @param trainables numbers that training changes, more than four; the file has two moments for each, too
     * @param seed of the content
     */
    public static BlobRef write(BlobFolder blobs, int trainables, long seed) throws IOException {
        return write(blobs, trainables, seed, OptionalInt.empty());
    }

    /** The same, but the last number of all is none. */
    public static BlobRef writePoison(BlobFolder blobs, int trainables, long seed) throws IOException {
        return write(blobs, trainables, seed, OptionalInt.of(3 * trainables - 1));
    }

    private static BlobRef write(BlobFolder blobs, int trainables, long seed, OptionalInt poisoned) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes(shapes, "lora.0.q.a", trainables - MASKS);
        shapes(shapes, "masks", MASKS);
        float[] values = new float[Math.multiplyExact(3, trainables)];
        Random random = new Random(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        poisoned.ifPresent(at -> values[at] = Float.NaN);
        Map<String, String> metadata =
                Map.of("espalier.student", "1", "lora.steps", "10", "masks.steps", "10", "masks.rows", "" + MASKS);
        return blobs.stream(new FlatTensors(shapes, metadata, values)::write);
    }

    /** A trainable and its moments. */
    private static void shapes(Map<String, long[]> shapes, String name, int size) {
        for (String suffix : new String[] {"", StudentTensors.FIRST, StudentTensors.SECOND}) {
            shapes.put(name + suffix, new long[] {size});
        }
    }
}
