package dev.espalier.coordinator.simulation;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.BlobFolder;
import dev.espalier.protocol.safetensors.FlatTensorsWriter;
import dev.espalier.protocol.safetensors.StudentTensors;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Student files as workers write them, of any size and with random content. */
public final class VirtualStudents {
    private static final int MASKS = 4;
    private static final int PIECE = 1 << 16;

    private VirtualStudents() {}

    /**
     * Writes a student.
     *
     * @param trainables numbers that training changes, more than four; the file has two moments for each, too
     * @param seed of the content
     */
    public static BlobRef write(BlobFolder blobs, int trainables, long seed) throws IOException {
        return write(blobs, trainables, seed, false);
    }

    /** The same, but the last number of all is none. */
    public static BlobRef writePoison(BlobFolder blobs, int trainables, long seed) throws IOException {
        return write(blobs, trainables, seed, true);
    }

    private static BlobRef write(BlobFolder blobs, int trainables, long seed, boolean poisoned) throws IOException {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes(shapes, "lora.0.q.a", trainables - MASKS);
        shapes(shapes, "masks", MASKS);
        Map<String, String> metadata =
                Map.of("espalier.student", "1", "lora.steps", "10", "masks.steps", "10", "masks.rows", "" + MASKS);
        Random random = new Random(seed);
        return blobs.stream(out -> {
            FlatTensorsWriter writer = new FlatTensorsWriter(out, shapes, metadata);
            float[] piece = new float[PIECE];
            int size = 3 * trainables;
            for (int from = 0; from < size; from += PIECE) {
                int count = Math.min(PIECE, size - from);
                for (int i = 0; i < count; i++) {
                    piece[i] = random.nextFloat() - 0.5f;
                }
                if (poisoned && from + count == size) {
                    piece[count - 1] = Float.NaN;
                }
                writer.write(piece, count);
            }
            writer.finish();
        });
    }

    /** A trainable and its moments. */
    private static void shapes(Map<String, long[]> shapes, String name, int size) {
        for (String suffix : new String[] {"", StudentTensors.FIRST, StudentTensors.SECOND}) {
            shapes.put(name + suffix, new long[] {size});
        }
    }
}
